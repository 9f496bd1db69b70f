export function transpileChaos(): string;

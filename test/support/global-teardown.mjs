export default async function teardown() {
  await Promise.all((globalThis.__services ?? []).map((service) => service.stop()));
}

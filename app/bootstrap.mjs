// Runs before every npm script, on whatever Node is there (plain JavaScript, nothing imported from node_modules).
// Installs the locked dependencies when they are missing or not the locked ones, and says so; otherwise prints nothing.
// Among them is Node itself: npm puts node_modules/.bin first in PATH, so the script that follows runs on it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM_NODE_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.collie-lock');

function say(text) {
  process.stderr.write(`${text}\n`);
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installed() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest();
}

function install() {
  const started = Date.now();
  say('collie: installing the locked dependencies (npm ci, without install scripts) …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, full] = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
  const result = spawnSync(command, full, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    say(
      'collie: npm ci failed; the lines above say why. Is a registry reachable? Then run the command again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, lockDigest());
  say(`collie: installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function checkNode() {
  const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(node) || Number(process.versions.node.split('.')[0]) >= MINIMUM_NODE_MAJOR) return;
  say(
    `collie: Node ${MINIMUM_NODE_MAJOR} or later is needed and npm has no package of it for ${process.platform}-${process.arch}; ` +
      `this is Node ${process.versions.node}. Install Node ${MINIMUM_NODE_MAJOR} and run the command again.`,
  );
  process.exit(1);
}

if (!installed()) install();
checkNode();

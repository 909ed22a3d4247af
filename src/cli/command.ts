import type { Command } from 'commander';
import type { Severity } from '../core/document/finding.ts';
import type { Terminal } from './terminal.ts';

/** 0 fine; 1 findings at or above `--fail-on`, or a failed operation; 2 changes present with `--detailed-exitcode`; 64 wrong usage. */
export type ExitCode = 0 | 1 | 2 | 64;

/** What a command does with its parsed arguments. */
export type Run = (terminal: Terminal) => Promise<ExitCode>;

/**
 * One command. `define` adds it to the program; what it needs to run it loads only then, so that every command starts
 * fast. `start` must be given what to run from the commander action.
 */
export interface CommandDefinition {
  readonly name: string;
  /** With its arguments, as the table of commands shows it. */
  readonly usage: string;
  readonly summary: string;
  readonly define: (program: Command, start: (run: Run) => void) => void;
}

/** Wrong usage: what is wrong, in a sentence. Ends with exit code 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--fail-on` values. */
export const FAIL_ON = ['error', 'warning', 'notice', 'never'] as const;

export type FailOn = (typeof FAIL_ON)[number];

/** A threshold for findings, or undefined for never. */
export function threshold(failOn: FailOn): Severity | undefined {
  return failOn === 'never' ? undefined : failOn;
}

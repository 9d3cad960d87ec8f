/** Glyphs and colours of the terminal report: one glyph and one word per state; colour only repeats what the word says. */
import {Chalk} from 'chalk'
import type {Severity} from '../checks/check.ts'
import type {State} from '../diagnose/report.ts'

export interface TerminalOptions {
  /** 0 (some CI terminals) or NaN (a pipe): 80. */
  columns: number
  colour: boolean
  /** False where the terminal's locale cannot show more than ASCII. */
  unicode: boolean
  /** Findings of severity info, and checks that could not be made, in full. */
  verbose?: boolean
  /** More columns in the table. */
  wide?: boolean
  /** The verdict alone, on one line. */
  quiet?: boolean
}

export interface Style {
  columns: number
  stateGlyph(state: State): string
  severityGlyph(severity: Severity): string
  paintState(state: State, text: string): string
  paintSeverity(severity: Severity, text: string): string
  strong(text: string): string
  faint(text: string): string
  /** Without colour in backquotes: they show where it begins. */
  code(text: string): string
  ellipsis: string
  arrow: string
}

const defaultColumns = 80
/** Narrower than this nothing can be laid out. */
const leastColumns = 40
/** Longer lines than this are hard to read. */
const mostColumns = 160

type Colour = 'red' | 'yellow' | 'green' | 'cyan'

const states: Record<State, {glyph: string; plain: string; colour: Colour}> = {
  losing: {glyph: '✗', plain: 'x', colour: 'red'},
  silent: {glyph: '✗', plain: 'x', colour: 'red'},
  behind: {glyph: '!', plain: '!', colour: 'yellow'},
  unknown: {glyph: '?', plain: '?', colour: 'cyan'},
  delivering: {glyph: '✓', plain: 'ok', colour: 'green'},
}

const severities: Record<Severity, {glyph: string; plain: string; colour: Colour}> = {
  error: {glyph: '✗', plain: 'x', colour: 'red'},
  warning: {glyph: '!', plain: '!', colour: 'yellow'},
  info: {glyph: 'i', plain: 'i', colour: 'cyan'},
}

export function createStyle({columns, colour, unicode}: TerminalOptions): Style {
  const chalk = new Chalk({level: colour ? 1 : 0})
  const glyphOf = (entry: {glyph: string; plain: string}) => (unicode ? entry.glyph : entry.plain)
  return {
    columns: columns > 0 ? Math.min(mostColumns, Math.max(leastColumns, columns)) : defaultColumns,
    stateGlyph: state => glyphOf(states[state]),
    severityGlyph: severity => glyphOf(severities[severity]),
    paintState: (state, text) => chalk[states[state].colour](text),
    paintSeverity: (severity, text) => chalk[severities[severity].colour](text),
    strong: text => chalk.bold(text),
    faint: text => chalk.dim(text),
    code: text => (colour ? chalk.cyan(text) : `\`${text}\``),
    ellipsis: unicode ? '…' : '...',
    arrow: '->',
  }
}

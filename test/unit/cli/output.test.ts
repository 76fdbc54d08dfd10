/** Owns the check that answers and notes stay apart, and of what is drawn in place. */
import { describe, expect, test } from '@jest/globals';
import { LiveArea } from '../../../src/cli/live-area.js';
import { Output } from '../../../src/cli/output.js';
import { TextSink } from '../../support/text-sink.js';

function outputTo(answers: TextSink, json: boolean): { output: Output; notes: TextSink } {
  const notes = new TextSink();
  return { output: new Output({ json, verbose: false }, { answers, notes }), notes };
}

describe('Output', () => {
  test('for people: lines and no JSON', () => {
    const answers = new TextSink();
    const { output, notes } = outputTo(answers, false);
    output.line('a line');
    output.json({ a: 1 });
    output.note('a note');
    expect(answers.text).toBe('a line\n');
    expect(notes.text).toBe('a note\n');
  });

  test('for programs: JSON and nothing else on stdout, no number rounded', () => {
    const answers = new TextSink(true);
    const { output, notes } = outputTo(answers, true);
    output.line('a line');
    output.json({ small: 7n, large: 9_007_199_254_740_993n });
    output.note('a note');
    expect(answers.text).toBe('{"small":7,"large":"9007199254740993"}\n');
    expect(notes.text).toBe('a note\n');
    expect(output.terminal).toBeUndefined();
  });

  test('colours only where the terminal shows them', () => {
    expect(outputTo(new TextSink(true), false).output.style('bold', 'x')).toBe(
      '\u001b[1mx\u001b[22m',
    );
    expect(outputTo(new TextSink(false), false).output.style('bold', 'x')).toBe('x');
  });
});

describe('LiveArea', () => {
  test('draws over what it drew before, and keeps lines written above', () => {
    const terminal = new TextSink(true);
    const area = new LiveArea(terminal);
    area.show(['one', 'two']);
    terminal.text = '';
    area.above('stays');
    expect(terminal.text).toBe('\u001b[?25l\u001b[2A\r\u001b[0Jstays\none\ntwo\n');
    terminal.text = '';
    area.show(['three']);
    expect(terminal.text).toBe('\u001b[?25l\u001b[2A\r\u001b[0Jthree\n');
    terminal.text = '';
    area.end();
    expect(terminal.text).toBe('\u001b[?25h');
  });

  test('cuts lines that would wrap, by what is shown', () => {
    const terminal = new TextSink(true, 6);
    const area = new LiveArea(terminal);
    area.show(['\u001b[1m123456\u001b[22m', '1234567']);
    expect(terminal.text).toContain('\u001b[1m123456\u001b[22m\n12345…\n');
  });

  test('without a terminal it draws nothing', () => {
    const area = new LiveArea(undefined);
    area.show(['one']);
    area.end();
    expect(area.isLive).toBe(false);
  });
});

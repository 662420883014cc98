/**
 * A light, synchronous colouring of a few lines of Python for lists. It need not be right about everything; the whole source of an
 * entry is coloured by Lab's own highlighter.
 */

export type TokenKind =
  'plain' | 'keyword' | 'string' | 'number' | 'comment' | 'magic';

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS =
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield';

const TOKEN = new RegExp(
  [
    '(?<comment>#[^\\n]*)',
    '(?<string>(?:\\b[rbfuRBFU]{1,2})?(?:"""[^]*?(?:"""|$)|\'\'\'[^]*?(?:\'\'\'|$)|"(?:\\\\.|[^"\\\\\\n])*"?|\'(?:\\\\.|[^\'\\\\\\n])*\'?))',
    '(?<magic>(?:^|(?<=\\n))[%!][^\\n]*)',
    `(?<keyword>\\b(?:${KEYWORDS.replaceAll(' ', '|')})\\b)`,
    '(?<number>\\b\\d[\\w.]*)',
    '(?<plain>[^\\W\\d]\\w*)'
  ].join('|'),
  'g'
);

/** The code cut into tokens that, joined, are the code again. */
export function tokens(code: string): Token[] {
  const answer: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKEN)) {
    push(answer, 'plain', code.slice(end, match.index));
    push(answer, kindOf(match.groups ?? {}), match[0]);
    end = match.index + match[0].length;
  }
  push(answer, 'plain', code.slice(end));
  return answer;
}

function kindOf(groups: Record<string, string | undefined>): TokenKind {
  const kinds: TokenKind[] = [
    'comment',
    'string',
    'magic',
    'keyword',
    'number'
  ];
  return kinds.find(kind => groups[kind] !== undefined) ?? 'plain';
}

function push(answer: Token[], kind: TokenKind, text: string): void {
  const last = answer.at(-1);
  if (text === '') {
    return;
  }
  if (last?.kind === kind) {
    last.text += text;
  } else {
    answer.push({ kind, text });
  }
}

import { expect, test } from 'vitest';

import { InertSanitizer, inert } from '../../labextension/src/sanitizing';

test.each([
  ['a script', '<script>alert(1)</script>x', 'x'],
  ['a handler', '<b onclick="alert(1)">x</b>', '<b>x</b>'],
  [
    'a command',
    '<b data-commandlinker-command="x" data-commandlinker-args="{}">x</b>',
    '<b>x</b>'
  ],
  ['a button', 'x<button data-commandlinker-command="x">go</button>', 'x'],
  ['a picture from elsewhere', 'x<img src="http://evil/x.png">', 'x<img>'],
  ['a picture from this server', '<img src="/api/x" srcset="/y 2x">', '<img>'],
  [
    'a vector picture in the text',
    '<img src="data:image/svg+xml,<svg onload=1>">',
    '<img>'
  ],
  [
    'a style that loads',
    '<b style="background: url(http://evil)">x</b>',
    '<b>x</b>'
  ],
  [
    'a style that loads in disguise',
    '<b style="background:\\75rl(x)">x</b>',
    '<b>x</b>'
  ],
  [
    'a style that leaves its box',
    '<b style="position: fixed; top: 0">x</b>',
    '<b>x</b>'
  ],
  [
    'a sheet',
    '<style>@import "http://evil"</style><link rel=stylesheet href=http://evil>x',
    'x'
  ],
  ['a frame', '<iframe srcdoc="<script>1</script>"></iframe>x', 'x'],
  ['a form', '<form action="/api/shutdown"><input name=a></form>x', 'x'],
  ['vector graphics', '<svg><image href="http://evil"/></svg>x', 'x'],
  ['a film', '<video poster="http://evil" src="http://evil"></video>x', 'x'],
  ['a name of the page', '<b id="main" name="x">x</b>', '<b>x</b>'],
  ['a dress of the application', '<b class="jp-Dialog">x</b>', '<b>x</b>'],
  ['a link that runs', '<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
  ['a link into this server', '<a href="/lab?reset">x</a>', '<a>x</a>'],
  ['a refresh', '<meta http-equiv=refresh content="0;url=http://evil">x', 'x'],
  ['a base', '<base href="http://evil/">x', 'x']
])('%s does not get through', (_, dirty, clean) => {
  expect(inert(dirty)).toBe(clean);
});

test.each([
  '<table class="dataframe" border="1"><tbody><tr style="text-align: right;"><td>1</td></tr></tbody></table>',
  '<a href="https://pandas.pydata.org">docs</a>',
  '<img src="data:image/png;base64,iVBORw0KGgo=">',
  '<p>a &lt;b&gt; <b>c</b></p>'
])('what only shows something stays: %s', html => {
  expect(inert(html)).toBe(html);
});

test('the sanitizer of the application has the last word', () => {
  const sanitizer = new InertSanitizer({
    sanitize: (dirty, options) => `[${dirty}|${options?.allowedTags ?? ''}]`
  });

  expect(sanitizer.sanitize('<b id="x">1</b>')).toBe('[<b>1</b>|]');
  expect(sanitizer.sanitize('<i id="x">', { allowedTags: ['span'] })).toBe(
    '[<i id="x">|span]'
  );
});

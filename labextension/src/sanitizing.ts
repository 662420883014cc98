/**
 * What Lab's sanitizer lets through and a recorded output still must not have: anything that asks a server for something, runs
 * a command of the application, submits a form, or pretends to be part of the page.
 *
 * What was recorded may come from anywhere and lies there for years; it is shown as a picture of what was, not as something
 * that acts. Lab's own sanitizer has the last word, so a fault here can only show less.
 */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

/** Elements that load, submit, or act. */
const ACTING =
  'script,style,link,meta,base,iframe,frame,object,embed,applet,form,input,button,select,textarea,video,audio,source,track,portal,template,svg,math,canvas,command,menu,dialog';
/** Attributes that name something to load. */
const LOADING = new Set([
  'src',
  'srcset',
  'poster',
  'background',
  'lowsrc',
  'dynsrc',
  'data',
  'action',
  'formaction',
  'ping',
  'manifest',
  'profile',
  'longdesc',
  'cite',
  'usemap',
  'codebase',
  'archive',
  'xlink:href'
]);
/** Attributes by which the page finds its own parts. */
const NAMING =
  /^(id|name|for|contenteditable|draggable|tabindex|accesskey|autofocus|popover.*|aria-.*|role|data-.*|on.*)$/;
/** Pictures that stand in the text itself and cannot run anything. */
const INLINE_PICTURE =
  /^data:image\/(png|jpeg|gif|webp|bmp);base64,[\w+/=\s]*$/i;
/** In a style: whatever can load, and whatever could leave the box an output is drawn in. */
const LOADING_STYLE = /url|image|@|expression|\\|\/\*|position\s*:|var\s*\(/i;
const OUTSIDE_LINK = /^(https?:|mailto:)/i;

export class InertSanitizer implements IRenderMime.ISanitizer {
  readonly allowNamedProperties = false;
  readonly allowCommandLinker = false;

  constructor(private readonly sanitizer: IRenderMime.ISanitizer) {}

  sanitize(dirty: string, options?: IRenderMime.ISanitizerOptions): string {
    // Renderers of plain text ask for spans only; there is nothing to take out, and it may be long.
    return this.sanitizer.sanitize(
      options?.allowedTags === undefined ? inert(dirty) : dirty,
      options
    );
  }

  getAutolink(): boolean {
    return this.sanitizer.getAutolink?.() ?? true;
  }
}

/** The HTML without anything that acts; parsed in a document that never loads or runs. */
export function inert(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const element of page.querySelectorAll(ACTING)) {
    element.remove();
  }
  for (const element of page.body.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      if (!isHarmless(element.localName, name.toLowerCase(), value)) {
        element.removeAttribute(name);
      }
    }
  }
  return page.body.innerHTML;
}

function isHarmless(element: string, name: string, value: string): boolean {
  if (element === 'img' && name === 'src') {
    return INLINE_PICTURE.test(value.trim());
  }
  if (name === 'href') {
    return element === 'a' && OUTSIDE_LINK.test(value.trim());
  }
  if (name === 'style') {
    return !LOADING_STYLE.test(value);
  }
  // Classes of the application would dress an output up as one of its buttons.
  if (name === 'class') {
    return !/(^|\s)(jp|lm|lj|cm)-/.test(value);
  }
  return !LOADING.has(name) && !NAMING.test(name);
}

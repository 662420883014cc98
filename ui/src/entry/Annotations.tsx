/** Notes and tags: what a person adds to an execution. */
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';

import type { NotePart } from '../answers';
import { Button } from '../Button';
import { moment } from '../telling';
import { useWords } from '../words';

interface NotesProps {
  notes: readonly NotePart[];
  onAdd: (text: string) => Promise<void>;
  /** Asks for the focus when it counts up. */
  focusRequest: number;
}

export function Notes({ notes, onAdd, focusRequest }: NotesProps): JSX.Element {
  const words = useWords();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useFocus(field, focusRequest);
  const add = (): void => {
    if (text.trim() !== '') {
      onAdd(text.trim()).then(
        () => {
          setText('');
          setProblem('');
          field.current?.focus();
        },
        (reason: unknown) => setProblem(said(reason))
      );
    }
  };
  return (
    <div className="lj-notes">
      {notes.map((note, index) => (
        <blockquote key={index} className="lj-note">
          {note.text}
          <footer>{moment(note.at, new Date(), words)}</footer>
        </blockquote>
      ))}
      <textarea
        ref={field}
        rows={text.includes('\n') ? 4 : 2}
        value={text}
        aria-label={words.__('New note')}
        placeholder={words.__('Write a note')}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (
            event.key === 'Enter' &&
            (event.ctrlKey || event.metaKey || event.shiftKey)
          ) {
            event.preventDefault();
            add();
          } else if (event.key === 'Escape' && text !== '') {
            event.stopPropagation();
          }
        }}
      />
      {text.trim() !== '' && (
        <Button label={words.__('Add note')} primary onClick={add}>
          {words.__('Add note')}
        </Button>
      )}
      {problem !== '' && <p role="alert">{problem}</p>}
    </div>
  );
}

interface TagsProps {
  tags: readonly string[];
  onAdd: (tags: string[]) => Promise<void>;
  onRemove: (tag: string) => Promise<void>;
  focusRequest: number;
}

export function Tags({
  tags,
  onAdd,
  onRemove,
  focusRequest
}: TagsProps): JSX.Element {
  const words = useWords();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useFocus(field, focusRequest);
  const failed = (reason: unknown): void => setProblem(said(reason));
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = text
      .split(',')
      .map(tag => tag.trim())
      .filter(tag => tag !== '');
    if (wanted.length > 0) {
      onAdd(wanted).then(() => {
        setText('');
        setProblem('');
      }, failed);
    }
  };
  return (
    <form className="lj-tags" onSubmit={add}>
      {tags.map(tag => (
        <span key={tag} className="lj-chip lj-mod-tag">
          {tag}
          <button
            type="button"
            aria-label={words.__('Remove the tag %1', tag)}
            onClick={() => {
              field.current?.focus();
              onRemove(tag).catch(failed);
            }}
          >
            ×
          </button>
        </span>
      ))}
      <input
        ref={field}
        value={text}
        aria-label={words.__('New tag')}
        placeholder={words.__('Add a tag')}
        onChange={event => setText(event.target.value)}
      />
      {problem !== '' && <p role="alert">{problem}</p>}
    </form>
  );
}

function useFocus(field: React.RefObject<HTMLElement>, request: number): void {
  const seen = useRef(0);
  useEffect(() => {
    if (request > seen.current) {
      seen.current = request;
      field.current?.focus();
      field.current?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [request, field]);
}

function said(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

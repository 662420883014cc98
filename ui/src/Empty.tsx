/** A state with nothing to show, and the sentence that says so. */
export function Empty({ text }: { text: string }): JSX.Element {
  return (
    <p role="status" className="lj-empty">
      {text}
    </p>
  );
}

/** One thing of a lineage as a card, with a way to see more on either side of it. */
import type { Node, NodeProps } from '@xyflow/react';
import { Handle, Position } from '@xyflow/react';
import type { MutableRefObject } from 'react';
import { createContext, memo, useContext, useEffect, useRef } from 'react';

import { Icon } from '../Icon';
import type { LineageNode } from '../origins';
import { StateMark } from '../StateMark';
import { useWords } from '../words';
import { iconOf } from './describing';

export type Side = 'before' | 'after';

export interface CardData extends Record<string, unknown> {
  node: LineageNode;
  told: string;
  spoken: string;
  isRoot: boolean;
  isChosen: boolean;
  isBusy: boolean;
  /** Counts up when the card is to take the focus. */
  focusRequest: number;
}

export type Card = Node<CardData, 'card'>;

export interface CardActions {
  onChoose: (id: string) => void;
  onOpen: (id: string) => void;
  onExpand: (id: string, side: Side) => void;
  /** The last request for the focus that a card followed. */
  servedRef: MutableRefObject<number>;
}

const NOTHING: CardActions = {
  servedRef: { current: 0 },
  onChoose: () => undefined,
  onOpen: () => undefined,
  onExpand: () => undefined
};

/** What cards do; handed down beside them, so that a card is drawn again only when it changed itself. */
export const CardContext = createContext<CardActions>(NOTHING);

export const GraphNode = memo(function GraphNode({
  data
}: NodeProps<Card>): JSX.Element {
  const { node, told, spoken, isRoot, isChosen, focusRequest } = data;
  const { onChoose, onOpen, servedRef } = useContext(CardContext);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // A card that comes back into sight takes the focus once more only where it lost it by going.
    const lost = document.activeElement === document.body;
    if (focusRequest > 0 && (servedRef.current !== focusRequest || lost)) {
      servedRef.current = focusRequest;
      button.current?.focus({ preventScroll: true });
    }
  }, [focusRequest, servedRef]);
  return (
    <div
      className="lj-node"
      data-kind={node.kind}
      data-root={isRoot || undefined}
      data-chosen={isChosen || undefined}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
      {node.more_before && <More data={data} side="before" />}
      <button
        ref={button}
        type="button"
        className="lj-node-main"
        tabIndex={isChosen ? 0 : -1}
        aria-label={spoken}
        aria-pressed={isChosen}
        title={node.path ?? node.label}
        onClick={() => onChoose(node.id)}
        onDoubleClick={() => onOpen(node.id)}
      >
        <Icon name={iconOf(node.kind)} />
        <span className="lj-node-label">{node.label}</span>
        {node.status !== null && node.status !== 'ok' && (
          <StateMark status={node.status} />
        )}
        <span className="lj-node-told">{told}</span>
      </button>
      {node.more_after && <More data={data} side="after" />}
    </div>
  );
});

function More({ data, side }: { data: CardData; side: Side }): JSX.Element {
  const words = useWords();
  const { onExpand } = useContext(CardContext);
  const { node, isBusy } = data;
  const label =
    side === 'before'
      ? words.__('Show what came before %1', node.label)
      : words.__('Show what came of %1', node.label);
  return (
    <button
      type="button"
      className="lj-node-more"
      data-side={side}
      tabIndex={-1}
      aria-label={label}
      title={label}
      aria-disabled={isBusy || undefined}
      onClick={event => {
        event.stopPropagation();
        if (!isBusy) {
          onExpand(node.id, side);
        }
      }}
    >
      {isBusy ? <span className="lj-spinner" /> : <Icon name="plus" />}
    </button>
  );
}

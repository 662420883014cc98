/** The lineage drawn: what came before stands to the left, what came of it to the right. Reached and walked with the keyboard. */
import type { Edge } from '@xyflow/react';
import {
  MarkerType,
  MiniMap,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  useStoreApi
} from '@xyflow/react';
import type { KeyboardEvent } from 'react';
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState
} from 'react';

import { Button } from '../Button';
import { useWords } from '../words';
import { spoken, told } from './describing';
import type { Graph } from './graph';
import { keyOf } from './graph';
import type { Card, CardActions, Side } from './GraphNode';
import { CardContext, GraphNode } from './GraphNode';
import type { Place } from './layout';
import { NODE, neighbour, places } from './layout';

const TYPES = { card: GraphNode };
/** Names are readable down to this size; of a short lineage, to be seen whole is worth more. */
const READABLE = 0.62;
const READABLE_WHOLE = 0.45;
const LEAST = 0.08;
/** The size at which a graph is begun to be read that is too large to be seen whole. */
const EASY = 0.85;
const MARGIN = 36;
/** Above so many nodes a small map helps, and only what is in sight is drawn. */
const WIDE = 12;
const LARGE = 150;
/** The library lets the mouse through to nodes that it does not move or select itself. */
const REACHED = { pointerEvents: 'all' } as const;
const MIDDLE = NODE.height / 2;
const HANDLES = [
  { type: 'target', position: Position.Left, x: 0, y: MIDDLE },
  { type: 'source', position: Position.Right, x: NODE.width, y: MIDDLE }
] as const;

export interface LineageGraphProps {
  graph: Graph;
  chosen: string;
  /** Nodes of which more is being asked for. */
  busy: ReadonlySet<string>;
  onChoose: (id: string) => void;
  onOpen: (id: string) => void;
  onExpand: (id: string, side: Side) => void;
}

export function LineageGraph(props: LineageGraphProps): JSX.Element {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn(props: LineageGraphProps): JSX.Element {
  const { graph, chosen, onChoose, onOpen, onExpand } = props;
  const words = useWords();
  const flow = useReactFlow();
  // Arrowheads are found by their id in the whole page, where other graphs may stand, too.
  const id = useId();
  const at = useMemo(() => places(graph), [graph]);
  const [focus, setFocus] = useState({ id: '', times: 0 });
  const cards = useCards(props, at, focus);
  const edges = useMemo(() => edgesOf(graph), [graph]);
  const view = useView(graph, at, chosen);
  const servedRef = useRef(0);
  const choose = useCallback(
    (id: string): void => {
      onChoose(id);
      setFocus(({ times }) => ({ id, times: times + 1 }));
    },
    [onChoose]
  );
  const actions = useMemo<CardActions>(
    () => ({ onChoose: choose, onOpen, onExpand, servedRef }),
    [choose, onOpen, onExpand]
  );
  const to = (id: string | null): void => {
    if (id !== null) {
      choose(id);
      view.reveal(id);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const node = graph.nodes.get(chosen);
    const { key } = event;
    if (key.startsWith('Arrow')) {
      to(neighbour(key, chosen, graph, at));
    } else if (key === 'Home') {
      to(graph.root);
    } else if (key === 'Enter') {
      onOpen(chosen);
    } else if (key === '+' && node !== undefined) {
      if (node.more_before) {
        onExpand(chosen, 'before');
      }
      if (node.more_after) {
        onExpand(chosen, 'after');
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className="lj-graph"
      role="group"
      aria-label={words.__(
        'Lineage as a graph. Arrow keys walk, Enter opens, plus shows more, Home leads back.'
      )}
      onKeyDown={onKeyDown}
    >
      <CardContext.Provider value={actions}>
        <ReactFlow
          id={id}
          nodes={cards}
          edges={edges}
          nodeTypes={TYPES}
          minZoom={LEAST}
          maxZoom={1.5}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          panActivationKeyCode={null}
          zoomActivationKeyCode={['Meta', 'Control']}
          panOnScroll
          zoomOnDoubleClick={false}
          onlyRenderVisibleElements={graph.nodes.size > LARGE}
          proOptions={{ hideAttribution: true }}
        >
          {graph.nodes.size > WIDE && (
            <MiniMap
              pannable
              ariaLabel={words.__('Small map of the graph')}
              nodeClassName={({ id }) =>
                id === graph.root ? 'lj-map-root' : 'lj-map-node'
              }
              style={{ width: 150, height: 100 }}
            />
          )}
        </ReactFlow>
      </CardContext.Provider>
      <div
        className="lj-graph-tools"
        role="toolbar"
        aria-label={words.__('View of the graph')}
      >
        <Button
          icon="plus"
          label={words.__('Larger')}
          onClick={() => void flow.zoomIn()}
        />
        <Button
          icon="ghost"
          label={words.__('Smaller')}
          onClick={() => void flow.zoomOut()}
        />
        <Button
          icon="fit"
          label={words.__('Everything in sight')}
          onClick={() => void flow.fitView({ padding: 0.08, maxZoom: 1 })}
        />
        <Button
          icon="goto"
          label={words.__('Back to where it began (Home)')}
          onClick={() => to(graph.root)}
        />
      </div>
    </div>
  );
}

/** The cards; one that did not change stays the same object and is not drawn again. */
function useCards(
  { graph, chosen, busy }: LineageGraphProps,
  at: Map<string, Place>,
  focus: { id: string; times: number }
): Card[] {
  const words = useWords();
  const plain = useMemo(() => {
    const now = new Date();
    return [...graph.nodes.values()].map<Card>(node => ({
      id: node.id,
      type: 'card',
      position: at.get(node.id) ?? { x: 0, y: 0 },
      ...NODE,
      // Known from the start: edges and the first view need not wait until cards were measured.
      measured: NODE,
      style: REACHED,
      handles: HANDLES.map(handle => ({ ...handle, width: 1, height: 1 })),
      data: {
        node,
        told: told(node, now, words),
        spoken: spoken(node, graph, now, words),
        isRoot: node.id === graph.root,
        isChosen: false,
        isBusy: false,
        focusRequest: 0
      }
    }));
  }, [graph, at, words]);
  return useMemo(
    () =>
      plain.map(card =>
        card.id === chosen || card.id === focus.id || busy.has(card.id)
          ? {
              ...card,
              data: {
                ...card.data,
                isChosen: card.id === chosen,
                isBusy: busy.has(card.id),
                focusRequest: card.id === focus.id ? focus.times : 0
              }
            }
          : card
      ),
    [plain, chosen, busy, focus]
  );
}

function edgesOf(graph: Graph): Edge[] {
  return graph.edges.map(edge => ({
    id: keyOf(edge),
    source: edge.source,
    target: edge.target,
    className: edge.role === 'depends' ? 'lj-edge lj-mod-names' : 'lj-edge',
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 }
  }));
}

interface View {
  /** Brings a node into sight, readable. */
  reveal: (id: string) => void;
}

/** Moves what is seen: at first, after the keyboard, and so that a node whose neighbours came stays where it was. */
function useView(graph: Graph, at: Map<string, Place>, chosen: string): View {
  const flow = useReactFlow();
  const store = useStoreApi();
  // A tab that is restored behind others has no size until it is seen.
  const seen = useStore(({ width, height }) => width > 0 && height > 0);
  const begun = useRef(false);
  const anchor = useRef({ at, chosen });
  useEffect(() => {
    if (seen && !begun.current) {
      begun.current = true;
      const { width, height } = store.getState();
      if (fits(at, width, height)) {
        void flow.fitView({ padding: 0.06, maxZoom: 1, minZoom: least(at) });
      } else {
        void flow.setViewport(beginning(graph, at, width, height));
      }
    }
  }, [seen, graph, at, flow, store]);
  useLayoutEffect(() => {
    const { at: before, chosen: id } = anchor.current;
    const was = before.get(id);
    const is = at.get(id);
    anchor.current = { at, chosen };
    if (before !== at && was !== undefined && is !== undefined) {
      const { x, y, zoom } = flow.getViewport();
      void flow.setViewport({
        x: x + (was.x - is.x) * zoom,
        y: y + (was.y - is.y) * zoom,
        zoom
      });
    }
  }, [at, chosen, flow]);
  const reveal = useCallback(
    (id: string): void => {
      const place = at.get(id);
      const view = flow.getViewport();
      const seen = place && inSight(place, view, store.getState());
      if (place && (!seen || view.zoom < READABLE)) {
        void flow.setCenter(place.x + NODE.width / 2, place.y + MIDDLE, {
          zoom: Math.max(view.zoom, READABLE)
        });
      }
    },
    [at, flow, store]
  );
  // What is told of the chosen card takes its room from the graph: the card is not to go out of sight by that.
  const width = useStore(state => state.width);
  const height = useStore(state => state.height);
  const room = useRef({ width: 0, height: 0 });
  useEffect(() => {
    const before = room.current;
    if (before.width === width && before.height === height) {
      return;
    }
    room.current = { width, height };
    const place = at.get(chosen);
    if (place && inSight(place, flow.getViewport(), before)) {
      reveal(chosen);
    }
  }, [width, height, at, chosen, flow, reveal]);
  return { reveal };
}

/** Whether a whole card is seen in a window of that size. */
function inSight(
  place: Place,
  { x, y, zoom }: { x: number; y: number; zoom: number },
  { width, height }: { width: number; height: number }
): boolean {
  const left = place.x * zoom + x;
  const top = place.y * zoom + y;
  return (
    left >= 8 &&
    top >= 8 &&
    left + NODE.width * zoom <= width - 8 &&
    top + NODE.height * zoom <= height - 8
  );
}

/** Whether everything can be seen at once and still be read. */
function fits(at: Map<string, Place>, width: number, height: number): boolean {
  const all = [...at.values()];
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  const across = Math.max(...xs) - Math.min(...xs) + NODE.width;
  const down = Math.max(...ys) - Math.min(...ys) + NODE.height;
  return Math.min(width / across, height / down) * 0.94 >= least(at);
}

function least(at: Map<string, Place>): number {
  return at.size <= WIDE ? READABLE_WHOLE : READABLE;
}

/** The root with room for what there is: what comes before stands to the left, what came of it to the right. */
function beginning(
  graph: Graph,
  at: Map<string, Place>,
  width: number,
  height: number
): { x: number; y: number; zoom: number } {
  const { x, y } = at.get(graph.root) ?? { x: 0, y: 0 };
  const before = graph.before.has(graph.root);
  const after = graph.after.has(graph.root);
  const share = before === after ? 0.5 : before ? 1 : 0;
  const room = width - NODE.width * EASY - 2 * MARGIN;
  return {
    x: MARGIN + room * share - x * EASY,
    y: height / 2 - (y + MIDDLE) * EASY,
    zoom: EASY
  };
}

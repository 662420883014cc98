/** Where something comes from and what came of it: the short answer on top, below it the whole story as a graph or as a list. */
import { useCallback, useMemo, useState } from 'react';

import { Button } from '../Button';
import type { Loaded } from '../loaded';
import type { LineageAnswer, WhyAnswer } from '../origins';
import { Empty, Failed, Loading, Missing } from '../States';
import { count } from '../telling';
import { useWords } from '../words';
import type { Graph } from './graph';
import { graphOf } from './graph';
import type { Side } from './GraphNode';
import { LineageGraph } from './LineageGraph';
import { LineageList } from './LineageList';
import type { NodeActions } from './NodeDetails';
import { NodeDetails } from './NodeDetails';
import { WhySummary } from './WhySummary';

export interface LineageViewProps extends NodeActions {
  /** What is asked about, as a person calls it. */
  label: string;
  why: Loaded<WhyAnswer>;
  lineage: Loaded<LineageAnswer>;
  /** Nodes of which more is being asked for. */
  busy: ReadonlySet<string>;
  /** Why the last request for more failed, '' where it did not. */
  problem: string;
  onExpand: (id: string, side: Side) => void;
  onRetry: () => void;
}

/** Above so many nodes nobody finds anything in a drawing: the list comes first. */
const HUGE = 600;

export function LineageView(props: LineageViewProps): JSX.Element {
  const { label, why, onOpenEntry, onWhy } = props;
  const words = useWords();
  const path = why.state === 'ready' ? why.answer.server_path : null;
  return (
    <div className="lj-lineage">
      <header className="lj-lineage-head">
        <h2>{label}</h2>
        {typeof path === 'string' && (
          <Button
            icon="file"
            label={words.__('Open the file')}
            onClick={() => props.onOpenFile(path)}
          />
        )}
        <Button
          icon="replay"
          label={words.__('Look again')}
          onClick={props.onRetry}
        />
      </header>
      {why.state === 'ready' && (
        <WhySummary why={why.answer} onOpenEntry={onOpenEntry} onWhy={onWhy} />
      )}
      <Stage {...props} />
    </div>
  );
}

function Stage(props: LineageViewProps): JSX.Element {
  const { lineage, why, onRetry } = props;
  const words = useWords();
  // The answer that says more about what went wrong.
  const failed = [why, lineage].find(
    ({ state }) => state === 'failed' || state === 'missing'
  );
  if (failed?.state === 'missing') {
    return <Missing retry={onRetry} />;
  }
  if (failed?.state === 'failed') {
    return <Failed message={failed.message} retry={onRetry} />;
  }
  if (lineage.state !== 'ready') {
    return <Loading lines={6} />;
  }
  const { answer } = lineage;
  if (answer.nodes.length === 0) {
    return (
      <Empty
        icon="graph"
        title={words.__('Nothing is known before or after it')}
        action={{ label: words.__('Look again'), run: onRetry }}
      >
        {words.__(
          'Files stand here as soon as a recorded cell reads or writes them.'
        )}
      </Empty>
    );
  }
  return <Known {...props} answer={answer} />;
}

function Known(
  props: LineageViewProps & { answer: LineageAnswer }
): JSX.Element {
  const { answer, busy, problem, onExpand, onOpenEntry, onWhy } = props;
  const words = useWords();
  const graph = useMemo(() => graphOf(answer), [answer]);
  const [wanted, setWanted] = useState<'graph' | 'list' | null>(null);
  // What the question is about stands above; of the rest a person chooses what to read more of, and until then the graph has the room.
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = wanted ?? (graph.nodes.size > HUGE ? 'list' : 'graph');
  const node = graph.nodes.get(chosen ?? graph.root);
  const open = useCallback(
    (id: string): void => {
      const { address = null, label = id } = graph.nodes.get(id) ?? {};
      if (address !== null) {
        onOpenEntry(address);
      } else if (id !== graph.root) {
        onWhy(id, label);
      }
    },
    [graph, onOpenEntry, onWhy]
  );
  const around = {
    graph,
    chosen: node?.id ?? graph.root,
    busy,
    onChoose: setChosen,
    onOpen: open,
    onExpand
  };
  return (
    <>
      <div className="lj-lineage-bar">
        <p className="lj-faint" role="status">
          {extent(graph)}
        </p>
        {problem !== '' && (
          <p className="lj-lineage-problem" role="alert">
            {problem}
          </p>
        )}
        <Button
          icon={shown === 'graph' ? 'list' : 'graph'}
          label={
            shown === 'graph'
              ? words.__('Show as a list')
              : words.__('Show as a graph')
          }
          onClick={() => setWanted(shown === 'graph' ? 'list' : 'graph')}
        >
          {shown === 'graph' ? words.__('List') : words.__('Graph')}
        </Button>
      </div>
      <div className="lj-lineage-stage">
        {shown === 'graph' ? (
          <LineageGraph {...around} />
        ) : (
          <LineageList {...around} />
        )}
        {(chosen !== null || shown === 'list') && node !== undefined && (
          <NodeDetails
            {...props}
            {...around}
            node={node}
            source={sourceOf(props, node.address)}
            busy={busy.has(node.id)}
          />
        )}
      </div>
    </>
  );

  function extent({ nodes }: Graph): string {
    const things = words._n('%1 thing', '%1 things', nodes.size);
    if (nodes.size > HUGE && shown === 'list') {
      return words.__(
        '%1: too many for a drawing that anybody could read.',
        count(nodes.size)
      );
    }
    return answer.truncated
      ? words.__('%1 nearest things; plus on a card shows more.', nodes.size)
      : things;
  }
}

function sourceOf(
  { why }: LineageViewProps,
  address: string | null
): string | null {
  return why.state === 'ready' && address !== null
    ? (why.answer.recipe.find(step => step.address === address)?.source ?? null)
    : null;
}

/** What is known of the node that is chosen, and what can be done with it. */
import { Button } from '../Button';
import { Icon } from '../Icon';
import type { LineageNode } from '../origins';
import { StateMark, stateName } from '../StateMark';
import { basename, moment, size } from '../telling';
import { useWords } from '../words';
import { iconOf, kindName, relation } from './describing';
import type { Graph } from './graph';
import type { Side } from './GraphNode';

export interface NodeActions {
  /** The execution, whole, in the panel. */
  onOpenEntry: (address: string) => void;
  onGoToCell: (address: string) => void;
  /** A lineage of its own. */
  onWhy: (id: string, label: string) => void;
  onCopy: (text: string, what: string) => void;
  /** A file in the folder that is served. */
  onOpenFile: (path: string) => void;
}

interface NodeDetailsProps extends NodeActions {
  node: LineageNode;
  graph: Graph;
  /** Code of the execution, where it is known. */
  source: string | null;
  busy: boolean;
  onChoose: (id: string) => void;
  onExpand: (id: string, side: Side) => void;
}

/** Neighbours beyond these are counted. */
const LISTED = 12;

export function NodeDetails(props: NodeDetailsProps): JSX.Element {
  const { node, graph, source, onCopy } = props;
  const words = useWords();
  const begins = !graph.before.has(node.id) && !node.more_before;
  return (
    <aside
      className="lj-node-details"
      aria-label={words.__('About %1', node.label)}
    >
      <h3>
        <Icon name={iconOf(node.kind)} />
        <span>{node.label}</span>
      </h3>
      <p className="lj-faint">{kindName(node.kind, words)}</p>
      <div className="lj-node-actions">
        <Actions {...props} />
      </div>
      <Facts node={node} onCopy={onCopy} />
      {source !== null && (
        <pre
          className="lj-node-source"
          tabIndex={0}
          aria-label={words.__('Code of %1', node.label)}
        >
          {source}
        </pre>
      )}
      <Neighbours {...props} side="before" />
      {begins && (
        <p className="lj-faint">
          {node.kind === 'execution'
            ? words.__('It used nothing that was recorded.')
            : words.__('Nobody recorded it being made.')}
        </p>
      )}
      <Neighbours {...props} side="after" />
    </aside>
  );
}

function Neighbours({
  side,
  node,
  graph,
  busy,
  onChoose,
  onExpand
}: NodeDetailsProps & { side: Side }): JSX.Element | null {
  const words = useWords();
  const all = graph[side].get(node.id) ?? [];
  const more = side === 'before' ? node.more_before : node.more_after;
  if (all.length === 0 && !more) {
    return null;
  }
  const title =
    side === 'before' ? words.__('Before it') : words.__('After it');
  return (
    <section aria-label={title}>
      <h4>{title}</h4>
      <ul>
        {all.slice(0, LISTED).map(next => (
          <li key={`${next.role} ${next.id}`}>
            <span className="lj-faint">
              {relation(next, side, node.kind, words)}
            </span>{' '}
            <button
              type="button"
              className="lj-link"
              onClick={() => onChoose(next.id)}
            >
              {graph.nodes.get(next.id)?.label ?? next.id}
            </button>
          </li>
        ))}
      </ul>
      {all.length > LISTED && (
        <p className="lj-faint">
          {words.__('and %1 more', all.length - LISTED)}
        </p>
      )}
      {more && (
        <Button
          icon="plus"
          label={
            side === 'before'
              ? words.__('Show what came before %1', node.label)
              : words.__('Show what came of %1', node.label)
          }
          busy={busy}
          onClick={() => onExpand(node.id, side)}
        >
          {words.__('Show more')}
        </Button>
      )}
    </section>
  );
}

function Actions({
  node,
  graph,
  onOpenEntry,
  onGoToCell,
  onWhy
}: NodeDetailsProps): JSX.Element | null {
  const words = useWords();
  const { address } = node;
  return (
    <>
      {address !== null && (
        <>
          <Button
            label={words.__('Open %1 in the journal', address)}
            primary
            onClick={() => onOpenEntry(address)}
          >
            {words.__('Open')}
          </Button>
          <Button
            icon="goto"
            label={words.__('Go to the cell in the notebook')}
            onClick={() => onGoToCell(address)}
          >
            {words.__('Go to cell')}
          </Button>
        </>
      )}
      {node.id !== graph.root && (
        <Button
          icon="origin"
          label={words.__('Where does %1 come from?', node.label)}
          onClick={() => onWhy(node.id, node.label)}
        >
          {words.__('Its own lineage')}
        </Button>
      )}
    </>
  );
}

function Facts({
  node,
  onCopy
}: {
  node: LineageNode;
  onCopy: NodeActions['onCopy'];
}): JSX.Element {
  const words = useWords();
  const { sha256, bytes, path, notebook, started, status, address } = node;
  return (
    <dl className="lj-values">
      {path !== null && (
        <div>
          <dt>{words.__('Path')}</dt>
          <dd className="lj-mod-whole">{path}</dd>
        </div>
      )}
      {bytes !== null && (
        <div>
          <dt>{words.__('Size')}</dt>
          <dd title={words.__('%1 bytes', bytes)}>{size(bytes)}</dd>
        </div>
      )}
      {sha256 !== null && (
        <div>
          <dt>{words.__('SHA-256')}</dt>
          <dd>
            <button
              type="button"
              className="lj-digest"
              title={words.__('SHA-256 %1. Copy it.', sha256)}
              aria-label={words.__('Copy the SHA-256 of %1', node.label)}
              onClick={() => onCopy(sha256, words.__('SHA-256'))}
            >
              {sha256.slice(0, 8)}
            </button>
          </dd>
        </div>
      )}
      {notebook !== null && (
        <div>
          <dt>{words.__('Notebook')}</dt>
          <dd title={notebook}>{basename(notebook)}</dd>
        </div>
      )}
      {started !== null && (
        <div>
          <dt>{words.__('When')}</dt>
          <dd>{moment(started, new Date(), words)}</dd>
        </div>
      )}
      {status !== null && (
        <div>
          <dt>{words.__('State')}</dt>
          <dd>
            <StateMark status={status} /> {stateName(status, words)}
          </dd>
        </div>
      )}
      {address !== null && (
        <div>
          <dt>{words.__('Address')}</dt>
          <dd>
            <code>{address}</code>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The shapes of answers about where things come from, and about what differs between two runs. */
import type { JsonValue, Num } from './answers';

export interface ProducedBy {
  address: string;
  notebook: string | null;
  started: string;
  /** Where it was written, as of then: the file may have been moved since. */
  path?: string | null;
}

export interface WhyInput {
  /** file | table | remote. */
  kind: string;
  /** Of a table DATABASE#NAME, of remote data the address. */
  path: string;
  sha256: string | null;
  bytes: number | null;
  hash_state: string;
  confidence: string;
  /** Null where nobody recorded it being made. */
  produced_by: ProducedBy | null;
  /** content | path (the last to write there; the content is not known) | statement | '' (nobody). */
  produced_how: string;
  read_by: string;
  /** Name and version of the package that the file is shipped in. */
  package: string;
}

/** A run that made something the target's recipe used. */
export interface UpstreamPart {
  run: string;
  notebook: string | null;
  started: string;
  addresses: string[];
  made: string[];
  inputs: WhyInput[];
  distance: number;
}

export interface UsedBy {
  address: string;
  notebook: string | null;
  started: string;
  path: string;
  /** What came of it. */
  files: string[];
  metrics: string[];
  /** 1 for who used it itself, 2 for who used what came of it, … */
  distance: number;
}

export interface WhyAnswer {
  target: string;
  /** file | metric | execution | table | remote. */
  kind: string;
  path: string | null;
  /** The path on the server, where it lies in the folder that is served. */
  server_path?: string | null;
  /** How it is known: content | path | shown | read | address | statement. */
  found: string;
  sha256: string | null;
  produced_by: ProducedBy | null;
  /** Other executions that produced the same content, latest first. */
  others: ProducedBy[];
  recipe: { address: string; source: string }[];
  inputs: WhyInput[];
  parameters: Record<string, JsonValue>;
  metrics: Record<string, Num>;
  environment: {
    python: string;
    platform: string;
    packages: Record<string, string>;
    used: string[];
  };
  git: {
    commit: string | null;
    branch: string | null;
    dirty: boolean | null;
    remote: string | null;
  };
  upstream: UpstreamPart[];
  not_seen: string[];
  /** Only where it was asked for. */
  used_by: UsedBy[];
}

export interface LineageNode {
  id: string;
  /** execution | file | table | remote | metric. */
  kind: string;
  label: string;
  address: string | null;
  path: string | null;
  sha256: string | null;
  bytes: number | null;
  notebook: string | null;
  started: string | null;
  status: string | null;
  /** Something before it, or after it, is known that is not in this answer. */
  more_before: boolean;
  more_after: boolean;
}

export interface LineageEdge {
  source: string;
  target: string;
  /** read | written | depends | measured | moved. */
  role: string;
}

export interface LineageAnswer {
  root: string;
  nodes: LineageNode[];
  edges: LineageEdge[];
  truncated: boolean;
}

export type Direction = 'before' | 'after' | 'both';

export interface CodeChange {
  what: string;
  cell_id: string | null;
  a: string | null;
  b: string | null;
  a_source: string | null;
  b_source: string | null;
}

export interface ValueChange {
  name: string;
  a: JsonValue;
  b: JsonValue;
}

export interface ColumnChange {
  name: string;
  /** same | type | values | added | removed. */
  what: string;
  a: string;
  b: string;
  shift: number | null;
}

export interface DataChange {
  /** file | frame | remote | table. */
  kind: string;
  role: string;
  name: string;
  /** same | changed | appeared | gone | unknown. */
  what: string;
  /** Its name or path in the first, where that was another one; else ''. */
  a_name: string;
  a: string | null;
  b: string | null;
  a_bytes: number | null;
  b_bytes: number | null;
  a_rows: number | null;
  b_rows: number | null;
  rows_added: number | null;
  rows_removed: number | null;
  columns: ColumnChange[];
  summary: string;
}

export interface DiffAnswer {
  a: string;
  b: string;
  a_started: string;
  b_started: string;
  a_notebook: string | null;
  b_notebook: string | null;
  code: CodeChange[];
  parameters: ValueChange[];
  data: DataChange[];
  environment: ValueChange[];
  git: ValueChange[];
  metrics: { name: string; a: Num | null; b: Num | null; delta: Num | null }[];
  /** What could not be compared, as sentences. */
  remarks: string[];
  same: boolean;
  summary: string;
  /** False where the two have nothing in common. */
  comparable?: boolean;
  /** What explains the difference, most probable first. */
  causes?: Cause[];
  outputs?: OutputChange[];
  /** The first execution of B whose numbers or frames are others. */
  parted?: string | null;
}

export interface Evidence {
  /** execution | file | table | remote | frame | module | package | value. */
  what: string;
  name: string;
  a: JsonValue;
  b: JsonValue;
  /** The execution to open. */
  address: string | null;
  path: string | null;
}

export interface Cause {
  /** code | parameters | data | environment | randomness | order | time | network | git. */
  kind: string;
  sentence: string;
  /** How probably it explains the difference, 0 to 1. */
  weight: number;
  evidence: Evidence[];
}

export interface OutputChange {
  /** text | table | picture | status. */
  what: string;
  a: string | null;
  b: string | null;
  cells: number | null;
  numbers: number[][];
  summary: string;
}

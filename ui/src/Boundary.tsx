/** Whatever a recording holds, one entry that cannot be drawn leaves the rest of the panel standing. */
import type { ReactNode } from 'react';
import { Component } from 'react';

import { Failed } from './States';

interface BoundaryProps {
  children: ReactNode;
}

interface BoundaryState {
  problem: string | null;
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { problem: null };

  static getDerivedStateFromError(problem: unknown): BoundaryState {
    return {
      problem: problem instanceof Error ? problem.message : String(problem)
    };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    return problem === null ? (
      this.props.children
    ) : (
      <Failed
        message={problem}
        retry={() => this.setState({ problem: null })}
      />
    );
  }
}

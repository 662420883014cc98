/** The chart itself. It is fetched, with the library that draws, when somebody first asks for a chart. */
import { LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendPlainComponent,
  ParallelComponent,
  TooltipComponent,
  VisualMapContinuousComponent
} from 'echarts/components';
import { init, use as bring } from 'echarts/core';
import type { ECharts } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useReducer, useRef } from 'react';

import type { ResultPart } from '../answers';
import type { Colours, Drawn } from './drawing';

bring([
  LineChart,
  ScatterChart,
  ParallelChart,
  GridComponent,
  ParallelComponent,
  TooltipComponent,
  LegendPlainComponent,
  VisualMapContinuousComponent,
  CanvasRenderer
]);

export interface CanvasProps {
  draw: (colours: Colours) => Drawn | null;
  /** What to say where nothing can be drawn. */
  nothing: string;
  onOpen: (row: ResultPart) => void;
}

export default function Canvas(props: CanvasProps): JSX.Element {
  const { draw, nothing } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const latest = useRef<{ drawn: Drawn | null; onOpen: CanvasProps['onOpen'] }>(
    {
      drawn: null,
      onOpen: props.onOpen
    }
  );
  const theme = useTheme();
  useEffect(() => {
    const element = host.current;
    if (element === null) {
      return;
    }
    const made = init(element, null, { renderer: 'canvas' });
    chart.current = made;
    made.on('click', at => {
      const { drawn, onOpen } = latest.current;
      const index = at.seriesType === 'line' ? at.seriesIndex : at.dataIndex;
      const row = index === undefined ? undefined : drawn?.rows[index];
      if (row !== undefined) {
        onOpen(row);
      }
    });
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const element = host.current;
    if (element === null || chart.current === null) {
      return;
    }
    const drawn = draw(coloursOf(element));
    latest.current = { drawn, onOpen: props.onOpen };
    element.setAttribute('aria-label', drawn?.about ?? nothing);
    element.toggleAttribute('data-empty', drawn === null);
    if (drawn === null) {
      chart.current.clear();
    } else {
      chart.current.setOption(drawn.option, { notMerge: true });
    }
  }, [draw, nothing, theme, props.onOpen]);
  return (
    <div className="lj-chart-frame">
      <div ref={host} className="lj-chart-canvas" role="img" />
      <p className="lj-chart-nothing">{nothing}</p>
    </div>
  );
}

/** Counts up when the application shows itself in other colours. */
function useTheme(): number {
  const [times, count] = useReducer((before: number) => before + 1, 0);
  useEffect(() => {
    const watch = new MutationObserver(() => count());
    watch.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light']
    });
    return () => watch.disconnect();
  }, []);
  return times;
}

function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string): string =>
    style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read('--jp-ui-font-color1', '#333'),
    faint: read('--jp-ui-font-color2', '#666'),
    line: read('--jp-border-color0', '#bbb'),
    grid: read('--jp-border-color2', '#e0e0e0'),
    back: read('--jp-layout-color1', '#fff'),
    accent: read('--jp-brand-color1', '#1976d2'),
    font: style.fontFamily,
    series: [
      read('--jp-info-color1', '#0097a7'),
      read('--jp-warn-color1', '#f57c00'),
      read('--jp-success-color1', '#388e3c'),
      read('--jp-error-color1', '#d32f2f'),
      read('--jp-accent-color1', '#7cb342'),
      read('--jp-mirror-editor-keyword-color', '#7b1fa2'),
      read('--jp-brand-color2', '#64b5f6'),
      read('--jp-warn-color2', '#ffb74d')
    ]
  };
}

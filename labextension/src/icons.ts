/** The icon of the panel: a bound notebook whose ribbon is the recording dot. */
import { LabIcon } from '@jupyterlab/ui-components';

export const journalIcon = new LabIcon({
  name: 'labjournal:journal',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" fill="none">
  <g class="jp-icon3" stroke="#616161" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
    <path d="M4.2 1.9h8.3v12.2H4.2z"/>
    <path d="M2.6 4.6h2.6M2.6 8h2.6M2.6 11.4h2.6M7.4 5.1h2.8"/>
  </g>
  <circle class="jp-icon3" cx="9.9" cy="10.4" r="1.6" fill="#616161"/>
</svg>`
});

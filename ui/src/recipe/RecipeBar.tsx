/** Says whose recipe lights up in the timeline, and what can be done with it. */
import type { RecipeAnswer } from '../answers';
import { Button } from '../Button';
import { Icon } from '../Icon';
import type { Loaded } from '../loaded';
import { count } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';

interface RecipeBarProps {
  address: string;
  recipe: Loaded<RecipeAnswer>;
  onNotebook: () => void;
  onOpen: () => void;
  onRetry: () => void;
  onLeave: () => void;
}

export function RecipeBar(props: RecipeBarProps): JSX.Element {
  const { address, recipe } = props;
  const words = useWords();
  const warnings = recipe.state === 'ready' ? recipe.answer.warnings : [];
  return (
    <section
      className="lj-recipe"
      aria-label={words.__('Recipe of %1', address)}
    >
      <div className="lj-recipe-line">
        <Icon name="recipe" />
        <p role="status">
          {words.__('Recipe of')}{' '}
          <button
            type="button"
            className="lj-link"
            title={words.__('Open %1', address)}
            onClick={props.onOpen}
          >
            {address}
          </button>
          <span className="lj-faint">{extent(recipe, words)}</span>
        </p>
        <Button
          icon="close"
          label={words.__('Leave the recipe (Escape)')}
          onClick={props.onLeave}
        />
      </div>
      {recipe.state === 'ready' && (
        <div className="lj-recipe-line">
          <Button
            icon="notebook"
            label={words.__(
              'A notebook with only these, run before you get it'
            )}
            onClick={props.onNotebook}
          >
            {words.__('Notebook for this result…')}
          </Button>
        </div>
      )}
      {recipe.state === 'failed' && (
        <p role="alert">
          {recipe.message}{' '}
          <button type="button" className="lj-link" onClick={props.onRetry}>
            {words.__('Try again')}
          </button>
        </p>
      )}
      {warnings.length > 0 && (
        <ul className="lj-warnings" aria-label={words.__('Warnings')}>
          {warnings.map((warning, index) => (
            <li key={index}>
              <Icon name="warning" /> {warning}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function extent(recipe: Loaded<RecipeAnswer>, words: Words): string {
  if (recipe.state !== 'ready') {
    return recipe.state === 'loading' ? ` · ${words.__('looking…')}` : '';
  }
  const { steps, of } = recipe.answer;
  const cautious = steps.filter(step => step.cautious).length;
  const said = [
    words._n(
      '%1 of %2 execution',
      '%1 of %2 executions',
      steps.length,
      count(of)
    ),
    cautious > 0 ? words.__('%1 from caution', count(cautious)) : ''
  ];
  return ` · ${said.filter(text => text !== '').join(', ')}`;
}

/** The dialog that edits the description (alt text) of a file. */
import { FormDialog } from '../../apollo/FormDialog';
import { m } from '../../paraglide/messages';
import { RichText } from '../../ui/RichText';

interface Props {
  name: string;
  alt: string;
  onClose(): void;
  onSave(alt: string): Promise<unknown>;
}

/** Maximum length of a description, in characters. */
const maxDescriptionLength = 1000;

export function DescribeDialog({ name, alt, onClose, onSave }: Props) {
  const field = {
    label: <RichText message={m.file_describe_dialog_label} inputs={{ name }} />,
    name: 'alt',
    defaultValue: alt,
    rows: 3,
    maxCharacters: maxDescriptionLength,
    dir: 'auto',
    hint: m.file_describe_dialog_hint(),
  };
  return (
    <FormDialog
      open
      onClose={onClose}
      title={m.file_describe_dialog_title()}
      fields={[field]}
      work={({ alt = '' }) => onSave(alt.trim())}
    />
  );
}

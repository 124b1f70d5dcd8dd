/** The form that adds a custom emoji. The image is uploaded as soon as it is chosen. */
import { useApolloClient } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintIdIn } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { FilePicker } from '../../ui/FilePicker';
import { Notice } from '../../ui/Notice';
import { LocalPicture } from '../file/LocalPicture';
import { UploadProgress } from '../file/UploadProgress';
import { usePictureUpload } from '../file/usePictureUpload';
import { useWorkspace } from '../workspace/workspaceContext';
import { emojiNamePattern, suggestEmojiName } from './emoji';
import { emojiCreated } from './emojiCache';

const CREATE_EMOJI = graphql(`
  mutation CreateEmoji($input: CreateEmojiInput!) {
    createEmoji(input: $input) {
      emoji {
        ...Emoji
      }
    }
  }
`);

export function AddEmoji() {
  const { id: workspaceId } = useWorkspace();
  const { upload, problem, choose, clear } = usePictureUpload('emoji');
  const [name, setName] = useState('');
  const client = useApolloClient();
  const create = useAction(async (fileId: string) => {
    const input = { workspaceId, name, fileId, id: mintIdIn(workspaceId, 'emo') };
    const { emoji } = (await mutate(client, CREATE_EMOJI, input)).createEmoji;
    emojiCreated(client.cache, workspaceId, emoji);
    clear(true);
    setName('');
    return emoji;
  });
  const isInvalid = name !== '' && !emojiNamePattern.test(name);
  const uploaded = upload?.state === 'done';

  function submit(event: FormEvent) {
    event.preventDefault();
    if (upload && uploaded && !isInvalid) create.run(upload.id);
  }

  function pick([file]: readonly File[]) {
    if (!file) return;
    create.reset();
    choose(file);
    if (name === '') setName(suggestEmojiName(file.name));
  }

  return (
    <form
      onSubmit={submit}
      aria-label={m.emoji_add_emoji_label()}
      className="flex flex-col gap-3 rounded-2xl border border-line bg-raised p-4"
    >
      <div className="flex flex-wrap items-start gap-3">
        <div className="flex flex-col items-center gap-1">
          <span className="inline-flex size-14 items-center justify-center overflow-hidden rounded-xl border border-dashed border-line-strong">
            {upload?.localUrl && (
              <LocalPicture src={upload.localUrl} label="" className="size-full object-contain" />
            )}
          </span>
          <FilePicker label={m.emoji_add_emoji_image()} accept="image/*" onPick={pick}>
            {(open) => (
              <Button small onClick={open}>
                {upload ? m.emoji_add_emoji_change_image() : m.emoji_add_emoji_choose_image()}
              </Button>
            )}
          </FilePicker>
        </div>
        <Field
          className="min-w-0 flex-1 basis-48"
          label={m.ui_name()}
          value={name}
          onChange={(event) => {
            create.reset();
            setName(event.target.value.trim().replaceAll(':', '').toLowerCase());
          }}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          hint={m.emoji_add_emoji_name_rule()}
          error={isInvalid ? m.emoji_add_emoji_name_rule() : errorAt(create.failure, 'name')}
        />
      </div>
      {upload && <UploadProgress upload={upload} />}
      {problem && <Notice>{problem}</Notice>}
      <FailureNotice failure={create.failure} fields={['name']} />
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {create.result && !upload && m.emoji_add_emoji_added({ name: create.result.name })}
        </span>
        <Button
          variant="primary"
          type="submit"
          disabled={create.isRunning || !uploaded || name === '' || isInvalid}
        >
          {m.emoji_add_emoji_add()}
        </Button>
      </div>
    </form>
  );
}

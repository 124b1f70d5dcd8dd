/** The form that adds a custom emoji. The image is uploaded as soon as it is chosen. */
import { useMutation } from '@apollo/client/react';
import { type FormEvent, useRef, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { LocalPicture } from '../file/LocalPicture';
import { UploadProgress, uploadStateLabel } from '../file/UploadProgress';
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

const rule = 'Use 2 to 32 lowercase letters, numbers, _, + or -.';

export function AddEmoji() {
  const { id: workspaceId } = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const { upload, choose, clear } = usePictureUpload('emoji');
  const [name, setName] = useState('');
  const [imageError, setImageError] = useState<string | null>(null);
  const [create, { data, loading, error, reset }] = useMutation(CREATE_EMOJI, {
    update: (cache, { data }) => {
      if (data) emojiCreated(cache, workspaceId, data.createEmoji.emoji);
    },
  });
  const failure = error && failureOf(error);
  const isNameError = failure?.field === 'name' || failure?.code === 'CONFLICT';
  const isInvalid = name !== '' && !emojiNamePattern.test(name);
  const uploaded = upload?.state === 'done';

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!upload || !uploaded || isInvalid) return;
    const variables = { input: { workspaceId, name, fileId: upload.id, id: mintId('emo') } };
    const { data } = await create({ variables }).catch(() => ({ data: undefined }));
    if (!data) return;
    clear(true);
    setName('');
  }

  const problem = imageError ?? (upload?.state === 'failed' ? uploadStateLabel(upload) : null);
  return (
    <form
      onSubmit={submit}
      aria-label="Add an emoji"
      className="flex flex-col gap-3 rounded-2xl border border-line bg-raised p-4"
    >
      <div className="flex flex-wrap items-start gap-3">
        <div className="flex flex-col items-center gap-1">
          <span className="inline-flex size-14 items-center justify-center overflow-hidden rounded-xl border border-dashed border-line-strong">
            {upload?.localUrl && (
              <LocalPicture src={upload.localUrl} label="" className="size-full object-contain" />
            )}
          </span>
          <Button small onClick={() => input.current?.click()}>
            {upload ? 'Change image' : 'Choose image'}
          </Button>
        </div>
        <Field
          className="min-w-0 flex-1 basis-48"
          label="Name"
          value={name}
          onChange={(event) => {
            reset();
            setName(event.target.value.trim().replaceAll(':', '').toLowerCase());
          }}
          maxLength={32}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          hint={rule}
          error={isInvalid ? rule : isNameError ? failure?.message : undefined}
        />
      </div>
      {upload && <UploadProgress upload={upload} />}
      {problem && <Notice>{problem}</Notice>}
      {failure && !isNameError && <Notice>{failure.message}</Notice>}
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {data && !upload && `:${data.createEmoji.emoji.name}: added.`}
        </span>
        <Button
          variant="primary"
          type="submit"
          disabled={loading || !uploaded || name === '' || isInvalid}
        >
          Add
        </Button>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label="Emoji image"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (!file) return;
          reset();
          setImageError(choose(file));
          if (name === '') setName(suggestEmojiName(file.name));
        }}
      />
    </form>
  );
}

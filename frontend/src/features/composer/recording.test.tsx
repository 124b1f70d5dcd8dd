/** The microphone stops on leaving, and each recording is sent once. */
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { type UploadMetadata, type UploadPort, Uploads } from '../file/upload';
import { useAttachments } from '../file/useAttachments';
import { UploadsContext } from '../file/useUploads';
import { maxRecordingMs } from '../voice/recorder';
import { inWorkspace } from '../workspace/workspaceFixture';
import { Composer } from './Composer';

/** Stubs the recording APIs. The test grants permission and ends the recording. */
function stubMicrophone() {
  const track = { stop: vi.fn() };
  let allow = () => {};
  const recorders: EventTarget[] = [];
  class StubRecorder extends EventTarget {
    static isTypeSupported = () => true;
    state = 'inactive';
    mimeType = 'audio/webm;codecs=opus';
    start() {
      this.state = 'recording';
      recorders.push(this);
    }
    stop() {
      this.state = 'inactive';
    }
  }
  class StubAudioContext {
    createAnalyser = () => ({ getByteTimeDomainData: () => {} });
    createMediaStreamSource = () => ({ connect: () => {} });
    close = async () => {};
  }
  vi.stubGlobal('MediaRecorder', StubRecorder);
  vi.stubGlobal('AudioContext', StubAudioContext);
  vi.stubGlobal('navigator', {
    mediaDevices: {
      getUserMedia: () =>
        new Promise((resolve) => {
          allow = () => resolve({ getTracks: () => [track] });
        }),
    },
  });
  return {
    track,
    allow: () => act(async () => allow()),
    end: () =>
      act(async () => {
        for (const recorder of recorders) recorder.dispatchEvent(new Event('stop'));
      }),
  };
}

function Place({ onSend }: { onSend(text: string, files: readonly UploadMetadata[]): void }) {
  const attachments = useAttachments('chn_1');
  return <Composer label="Message" initialText="" attachments={attachments} onSend={onSend} />;
}

/** A channel whose server never responds, so that uploads stay in progress. */
function show() {
  const microphone = stubMicrophone();
  const never = () => new Promise<never>(() => {});
  const uploads = new Uploads({ create: never } as unknown as UploadPort, 'wks_1');
  const sent: string[][] = [];
  const { unmount } = render(
    <UploadsContext value={uploads}>
      <Place onSend={(_, files) => sent.push(files.map(({ name }) => name))} />
    </UploadsContext>,
    inWorkspace(),
  );
  const attach = () =>
    act(async () => {
      uploads.add(new Blob(['1']), { name: 'notes.txt', place: 'chn_1' });
    });
  return { ...microphone, attach, sent, unmount };
}

const start = () => fireEvent.click(screen.getByLabelText('Record a voice message'));
const recording = () => screen.queryByRole('group', { name: 'Recording a voice message' });
const voice = expect.stringMatching(/^Voice message .*\.webm$/);

it('stops the microphone if permission is granted after unmounting', async () => {
  const { track, allow, unmount } = show();
  start();
  unmount();
  await allow();
  expect(track.stop).toHaveBeenCalled();
});

it('stops the microphone if permission is granted after a file was attached', async () => {
  const { track, allow, attach } = show();
  start();
  await attach();
  await allow();
  expect(track.stop).toHaveBeenCalled();
  expect(recording()).toBeNull();
});

it('stops the microphone on unmount', async () => {
  const { track, allow, unmount } = show();
  start();
  await allow();
  expect(track.stop).not.toHaveBeenCalled();
  unmount();
  expect(track.stop).toHaveBeenCalled();
});

it('sends a recording once on repeated clicks', async () => {
  const { allow, end, sent } = show();
  start();
  await allow();
  const button = screen.getByLabelText('Send voice message');
  fireEvent.click(button);
  fireEvent.click(button);
  await end();
  await waitFor(() => expect(sent).toEqual([[voice]]));
});

it('sends a recording once when it reaches the time limit', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { allow, end, sent } = show();
  start();
  await allow();
  const late = performance.now() + maxRecordingMs + 1;
  vi.spyOn(performance, 'now').mockReturnValue(late);
  await act(() => vi.advanceTimersByTimeAsync(1000));
  await end();
  expect(sent).toEqual([[voice]]);
});

it('keeps recording when a file is dropped, and sends the file with the next message', async () => {
  const { track, allow, attach, end, sent } = show();
  start();
  await allow();
  await attach();
  expect(recording()).not.toBeNull();
  expect(track.stop).not.toHaveBeenCalled();
  fireEvent.click(screen.getByLabelText('Send voice message'));
  await end();
  expect(sent).toEqual([[voice]]);
  expect(recording()).toBeNull();
  expect(document.activeElement).toBe(screen.getByLabelText('Message'));
  fireEvent.click(screen.getByLabelText('Send'));
  expect(sent).toEqual([[voice], ['notes.txt']]);
});

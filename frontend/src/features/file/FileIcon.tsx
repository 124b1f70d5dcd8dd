/** The icon of a file type. */
import { File as Any, FileArchive, FileText, Film, Image, Music } from 'lucide-react';
import type { FileKind } from '../../gql/graphql';

const icons = { PICTURE: Image, VIDEO: Film, AUDIO: Music, DOCUMENT: FileText, OTHER: Any };

interface Props {
  kind: FileKind;
  type: string;
  size?: number;
}

export function FileIcon({ kind, type, size = 20 }: Props) {
  const Icon = /zip|tar|compressed|gzip|rar/.test(type) ? FileArchive : icons[kind];
  return <Icon size={size} aria-hidden="true" />;
}

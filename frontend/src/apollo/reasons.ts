/** What the reasons of the server (`ErrorReason` in its schema) mean in the words of the client. */
import { m } from '../paraglide/messages';

export const reasonMessages: Readonly<Record<string, () => string>> = {
  CHANNEL_ARCHIVED: m.error_channel_archived,
  CHANNEL_MENTION_RESTRICTED: m.error_channel_mention_restricted,
  CHANNEL_MENTION_UNCONFIRMED: m.error_channel_mention_unconfirmed,
  CHANNEL_NAME_TAKEN: m.error_channel_name_taken,
  CREATED_CHANNEL_LIMIT: m.error_created_channel_limit,
  DIRECT_CHANNEL: m.error_direct_channel,
  EDIT_LIMIT: m.error_edit_limit,
  EMAIL_TAKEN: m.error_email_taken,
  EMOJI_LIMIT: m.error_emoji_limit,
  EMOJI_NAME_TAKEN: m.error_emoji_name_taken,
  FILE_ALREADY_USED: m.error_file_already_used,
  FILE_IN_USE: m.error_file_in_use,
  FIRST_CHANNEL: m.error_first_channel,
  HANDLE_LOOKS_ALIKE: m.error_handle_looks_alike,
  HANDLE_TAKEN: m.error_handle_taken,
  ID_TAKEN: m.error_id_taken,
  INVITE_LIMIT: m.error_invite_limit,
  INVITE_REQUIRED: m.error_invite_required,
  JOINED_CHANNEL_LIMIT: m.error_joined_channel_limit,
  LAST_OWNER: m.error_last_owner,
  LINK_EXPIRED: m.error_link_expired,
  MEMBER_CHANNEL_LIMIT: m.error_member_channel_limit,
  NOT_CREATOR: m.error_not_creator,
  NOT_IN_CHANNEL: m.error_not_in_channel,
  PART_REPLACED: m.error_part_replaced,
  REACTION_LIMIT: m.error_reaction_limit,
  ROLE_REQUIRED: m.error_role_required,
  SAVED_SEARCH_LIMIT: m.error_saved_search_limit,
  SERVER_ADMIN_REQUIRED: m.error_server_admin_required,
  UNKNOWN_DEVICE: m.error_unknown_device,
  UPLOAD_ENDED: m.error_upload_ended,
  WORKSPACE_CHANNEL_LIMIT: m.error_workspace_channel_limit,
  WORKSPACE_LIMIT: m.error_workspace_limit,
};

/** The fields of forms that reasons are about. */
export const reasonFields: Readonly<Record<string, string>> = {
  CHANNEL_NAME_TAKEN: 'name',
  EMAIL_TAKEN: 'email',
  EMOJI_NAME_TAKEN: 'name',
  HANDLE_LOOKS_ALIKE: 'handle',
  HANDLE_TAKEN: 'handle',
};

/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query BrowseChannels($workspaceId: ID!, $search: String, $isArchived: Boolean!, $after: String) {\n    workspace(id: $workspaceId) {\n      id\n      channels(first: 50, after: $after, search: $search, isArchived: $isArchived) {\n        nodes {\n          ...Channel\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.BrowseChannelsDocument,
    "\n  mutation CreateWorkspace($input: CreateWorkspaceInput!) {\n    createWorkspace(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n": typeof types.CreateWorkspaceDocument,
    "\n  mutation DeleteEmoji($input: DeleteEmojiInput!) {\n    deleteEmoji(input: $input) {\n      emojiId\n    }\n  }\n": typeof types.DeleteEmojiDocument,
    "\n  query InvitePreview($token: String!) {\n    invitePreview(token: $token) {\n      workspaceName\n      workspaceId\n      memberCount\n      invitedBy\n      alreadyMember\n    }\n  }\n": typeof types.InvitePreviewDocument,
    "\n  mutation AcceptInvite($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n": typeof types.AcceptInviteDocument,
    "\n  mutation UpdateMember($input: UpdateMemberInput!) {\n    updateMember(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n": typeof types.UpdateMemberDocument,
    "\n  mutation LeaveWorkspace($input: LeaveWorkspaceInput!) {\n    leaveWorkspace(input: $input) {\n      workspaceId\n    }\n  }\n": typeof types.LeaveWorkspaceDocument,
    "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": typeof types.RegisterDocument,
    "\n  mutation Join($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n      }\n    }\n  }\n": typeof types.JoinDocument,
    "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": typeof types.SignInDocument,
    "\n  mutation UpdateWorkspace($input: UpdateWorkspaceInput!) {\n    updateWorkspace(input: $input) {\n      workspace {\n        id\n        name\n        iconUrl\n        channelMentions\n      }\n    }\n  }\n": typeof types.UpdateWorkspaceDocument,
    "\n  mutation ChangeEmail($input: ChangeEmailInput!) {\n    changeEmail(input: $input) {\n      account {\n        id\n        email\n      }\n    }\n  }\n": typeof types.ChangeEmailDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": typeof types.ChangePasswordDocument,
    "\n  query Viewer {\n    viewer {\n      account {\n        id\n        email\n        name\n        isServerAdmin\n        canCreateWorkspaces\n      }\n      workspaces {\n        id\n        name\n        iconUrl\n      }\n    }\n  }\n": typeof types.ViewerDocument,
    "\n  query Server {\n    server {\n      version\n      needsFirstAccount\n      registrationOpen\n    }\n  }\n": typeof types.ServerDocument,
    "\n  mutation ArchiveChannel($input: ArchiveChannelInput!) {\n    archiveChannel(input: $input) {\n      seq\n    }\n  }\n": typeof types.ArchiveChannelDocument,
    "\n  query ChannelFiles($id: ID!, $kind: FileKind, $after: String) {\n    channel(id: $id) {\n      id\n      files(first: 30, after: $after, kind: $kind) {\n        nodes {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.ChannelFilesDocument,
    "\n  query ChannelMembers($id: ID!) {\n    channel(id: $id) {\n      id\n      members(first: 100) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n  }\n": typeof types.ChannelMembersDocument,
    "\n  mutation RemoveFromChannel($input: RemoveFromChannelInput!) {\n    removeFromChannel(input: $input) {\n      seq\n    }\n  }\n": typeof types.RemoveFromChannelDocument,
    "\n  mutation CreateChannel($input: CreateChannelInput!) {\n    createChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": typeof types.CreateChannelDocument,
    "\n  mutation SetChannelTopic($input: SetChannelTopicInput!) {\n    setChannelTopic(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n": typeof types.SetChannelTopicDocument,
    "\n  mutation RenameChannel($input: RenameChannelInput!) {\n    renameChannel(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n": typeof types.RenameChannelDocument,
    "\n  fragment Channel on Channel {\n    id\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n    creatorId\n    memberCount\n    viewerIsMember\n    directMembers {\n      ...Member\n    }\n  }\n": typeof types.ChannelFragmentDoc,
    "\n  query ChannelById($id: ID!) {\n    channel(id: $id) {\n      ...Channel\n    }\n  }\n": typeof types.ChannelByIdDocument,
    "\n  fragment ChannelKnown on Channel {\n    id\n    kind\n    archivedAt\n    viewerIsMember\n  }\n": typeof types.ChannelKnownFragmentDoc,
    "\n  query ChannelEpoch($id: ID!) {\n    channel(id: $id) {\n      id\n      readState {\n        epoch\n      }\n    }\n  }\n": typeof types.ChannelEpochDocument,
    "\n  query MemberCount($id: ID!) {\n    channel(id: $id) {\n      id\n      memberCount\n    }\n  }\n": typeof types.MemberCountDocument,
    "\n  fragment ChannelCounted on Channel {\n    memberCount\n  }\n": typeof types.ChannelCountedFragmentDoc,
    "\n  mutation AddToChannel($input: AddToChannelInput!) {\n    addToChannel(input: $input) {\n      seq\n    }\n  }\n": typeof types.AddToChannelDocument,
    "\n  mutation JoinChannel($input: JoinChannelInput!) {\n    joinChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": typeof types.JoinChannelDocument,
    "\n  mutation LeaveChannel($input: LeaveChannelInput!) {\n    leaveChannel(input: $input) {\n      channelId\n    }\n  }\n": typeof types.LeaveChannelDocument,
    "\n  mutation OpenDirect($input: OpenDirectInput!) {\n    openDirect(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": typeof types.OpenDirectDocument,
    "\n  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {\n    unarchiveChannel(input: $input) {\n      seq\n    }\n  }\n": typeof types.UnarchiveChannelDocument,
    "\n  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {\n    channel(id: $channelId) {\n      id\n      membersAmong(ids: $ids) {\n        id\n      }\n    }\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n": typeof types.MembersAmongDocument,
    "\n  mutation EditMessage($input: EditMessageInput!) {\n    editMessage(input: $input) {\n      message {\n        ...Message\n      }\n    }\n  }\n": typeof types.EditMessageDocument,
    "\n  mutation DeleteMessage($input: DeleteMessageInput!) {\n    deleteMessage(input: $input) {\n      message {\n        id\n        rootId: threadId\n        deletedAt\n      }\n    }\n  }\n": typeof types.DeleteMessageDocument,
    "\n  mutation MarkUnread($input: MarkUnreadInput!) {\n    markUnread(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n": typeof types.MarkUnreadDocument,
    "\n  mutation AddReaction($input: AddReactionInput!) {\n    addReaction(input: $input) {\n      seq\n    }\n  }\n": typeof types.AddReactionDocument,
    "\n  mutation RemoveReaction($input: RemoveReactionInput!) {\n    removeReaction(input: $input) {\n      seq\n    }\n  }\n": typeof types.RemoveReactionDocument,
    "\n  mutation CreateEmoji($input: CreateEmojiInput!) {\n    createEmoji(input: $input) {\n      emoji {\n        ...Emoji\n      }\n    }\n  }\n": typeof types.CreateEmojiDocument,
    "\n  fragment Emoji on Emoji {\n    id\n    name\n    url\n    stillUrl\n    creatorId\n  }\n": typeof types.EmojiFragmentDoc,
    "\n  fragment File on File {\n    id\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n    removedAt\n  }\n": typeof types.FileFragmentDoc,
    "\n  mutation UpdateFile($input: UpdateFileInput!) {\n    updateFile(input: $input) {\n      file {\n        ...File\n      }\n    }\n  }\n": typeof types.UpdateFileDocument,
    "\n  mutation DeleteFile($input: DeleteFileInput!) {\n    deleteFile(input: $input) {\n      seq\n    }\n  }\n": typeof types.DeleteFileDocument,
    "\n  query FileLimits($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      fileLimits {\n        fileBytes\n        memberBytes\n        memberBytesUsed\n        workspaceBytes\n        workspaceBytesUsed\n        attachmentsPerMessage\n      }\n    }\n  }\n": typeof types.FileLimitsDocument,
    "\n  fragment UploadParts on Upload {\n    id\n    parts {\n      number\n      offset\n      size\n      url\n      method\n      headers {\n        name\n        value\n      }\n      isReceived\n    }\n  }\n": typeof types.UploadPartsFragmentDoc,
    "\n  mutation CreateUpload($input: CreateUploadInput!) {\n    createUpload(input: $input) {\n      upload {\n        ...UploadParts\n      }\n    }\n  }\n": typeof types.CreateUploadDocument,
    "\n  query UploadById($id: ID!) {\n    upload(id: $id) {\n      ...UploadParts\n    }\n  }\n": typeof types.UploadByIdDocument,
    "\n  mutation CompleteUpload($input: CompleteUploadInput!) {\n    completeUpload(input: $input) {\n      status\n      file {\n        ...File\n      }\n    }\n  }\n": typeof types.CompleteUploadDocument,
    "\n  mutation CancelUpload($input: CancelUploadInput!) {\n    cancelUpload(input: $input) {\n      uploadId\n    }\n  }\n": typeof types.CancelUploadDocument,
    "\n  query Invites($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      invites {\n        id\n        expiresAt\n        maxUses\n        uses\n        createdBy {\n          id\n          name\n        }\n      }\n    }\n  }\n": typeof types.InvitesDocument,
    "\n  mutation CreateInvite($input: CreateInviteInput!) {\n    createInvite(input: $input) {\n      url\n      invite {\n        id\n      }\n    }\n  }\n": typeof types.CreateInviteDocument,
    "\n  mutation RevokeInvite($input: RevokeInviteInput!) {\n    revokeInvite(input: $input) {\n      inviteId\n    }\n  }\n": typeof types.RevokeInviteDocument,
    "\n  fragment WorkspaceSnapshot on WorkspaceSnapshot {\n    id: workspaceId\n    name\n    iconUrl\n    channelMentions\n  }\n": typeof types.WorkspaceSnapshotFragmentDoc,
    "\n  fragment ChannelSnapshot on ChannelSnapshot {\n    id: channelId\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n  }\n": typeof types.ChannelSnapshotFragmentDoc,
    "\n  fragment MessageSnapshot on MessageSnapshot {\n    id: messageId\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n  }\n": typeof types.MessageSnapshotFragmentDoc,
    "\n  fragment FileSnapshot on FileSnapshot {\n    id: fileId\n    isRemoved\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n  }\n": typeof types.FileSnapshotFragmentDoc,
    "\n  subscription Events($workspaceId: ID!, $after: Seq, $privateRev: Seq, $activity: Activity) {\n    events(\n      workspaceId: $workspaceId\n      after: $after\n      privateRev: $privateRev\n      activity: $activity\n    ) {\n      __typename\n      ... on LogEvent {\n        seq\n        at\n        actorId\n      }\n      ... on WorkspaceCreated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on WorkspaceUpdated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on MemberJoined {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberUpdated {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberLeft {\n        memberId\n      }\n      ... on ChannelCreated {\n        memberIds\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelUpdated {\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelJoined {\n        memberId\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelLeft {\n        channelId\n        memberId\n      }\n      ... on MessageSent {\n        message {\n          ...MessageSnapshot\n        }\n        files {\n          ...FileSnapshot\n        }\n      }\n      ... on MessageEdited {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on MessageDeleted {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on FileUploaded {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileUpdated {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileRemoved {\n        fileId\n      }\n      ... on EmojiCreated {\n        # Aliased, because the emoji of a reaction is a string.\n        created: emoji {\n          ...Emoji\n        }\n      }\n      ... on EmojiDeleted {\n        emojiId\n      }\n      ... on ReactionAdded {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReactionRemoved {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReadStateChanged {\n        channelId\n        privateRev\n        unreadNotifications\n        countedSeq\n        readState {\n          ...ReadState\n        }\n      }\n      ... on NotificationAdded {\n        privateRev\n        unreadNotifications\n        countedSeq\n        channelId\n        messageId\n        reason\n      }\n      ... on NotificationsChanged {\n        privateRev\n        unreadNotifications\n        countedSeq\n      }\n      ... on PrivateChanged {\n        privateRev\n      }\n      ... on Head {\n        seq\n      }\n      ... on Resync {\n        after\n        takeBoot\n      }\n    }\n  }\n": typeof types.EventsDocument,
    "\n  mutation SetMemberRole($input: SetMemberRoleInput!) {\n    setMemberRole(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n": typeof types.SetMemberRoleDocument,
    "\n  mutation RemoveMember($input: RemoveMemberInput!) {\n    removeMember(input: $input) {\n      memberId\n    }\n  }\n": typeof types.RemoveMemberDocument,
    "\n  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n": typeof types.MembersByHandleDocument,
    "\n  fragment Member on Member {\n    id\n    handle\n    name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n": typeof types.MemberFragmentDoc,
    "\n  query MembersById($workspaceId: ID!, $ids: [ID!]!) {\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n": typeof types.MembersByIdDocument,
    "\n  query MemberSearch($workspaceId: ID!, $search: String!, $handles: [String!]!, $first: Int!) {\n    workspace(id: $workspaceId) {\n      id\n      members(first: $first, search: $search) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n    switcher(workspaceId: $workspaceId, text: $search, first: $first) {\n      ... on Member {\n        ...FoundMember\n      }\n    }\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n": typeof types.MemberSearchDocument,
    "\n  fragment Message on Message {\n    id\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n    reactions {\n      emoji\n      count\n      viewerReacted\n      members {\n        id\n      }\n    }\n    thread {\n      id\n      replyCount\n      lastReplyAt\n      participants {\n        id\n      }\n    }\n    files {\n      ...File\n    }\n  }\n": typeof types.MessageFragmentDoc,
    "\n  fragment MessagePage on MessageConnection {\n    edges {\n      cursor\n      node {\n        ...Message\n        author {\n          ...Member\n        }\n      }\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n  }\n": typeof types.MessagePageFragmentDoc,
    "\n  query ChannelPage(\n    $channelId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n    $aroundSeq: Seq\n  ) {\n    channel(id: $channelId) {\n      id\n      messages(\n        first: $first\n        after: $after\n        last: $last\n        before: $before\n        around: $around\n        aroundSeq: $aroundSeq\n      ) {\n        ...MessagePage\n      }\n    }\n  }\n": typeof types.ChannelPageDocument,
    "\n  query ThreadPage(\n    $rootId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n  ) {\n    message(id: $rootId) {\n      ...Message\n      author {\n        ...Member\n      }\n      thread {\n        id\n        replies(first: $first, after: $after, last: $last, before: $before, around: $around) {\n          ...MessagePage\n        }\n      }\n    }\n  }\n": typeof types.ThreadPageDocument,
    "\n  query MessageRoot($id: ID!) {\n    message(id: $id) {\n      id\n      rootId: threadId\n    }\n  }\n": typeof types.MessageRootDocument,
    "\n  mutation SendMessage($input: SendMessageInput!) {\n    sendMessage(input: $input) {\n      status\n      message {\n        ...Message\n      }\n    }\n  }\n": typeof types.SendMessageDocument,
    "\n  query Notifications($workspaceId: ID!, $before: String) {\n    workspace(id: $workspaceId) {\n      id\n      notifications(last: 50, before: $before) {\n        nodes {\n          id\n          seq\n          reason\n          createdAt\n          read\n          message {\n            ...Message\n            author {\n              ...Member\n            }\n            channel {\n              id\n              name\n              kind\n            }\n          }\n        }\n        pageInfo {\n          hasPreviousPage\n          startCursor\n        }\n      }\n    }\n  }\n": typeof types.NotificationsDocument,
    "\n  mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {\n    markNotificationsRead(input: $input) {\n      unreadNotifications\n      countedSeq\n      privateRev\n    }\n  }\n": typeof types.MarkNotificationsReadDocument,
    "\n  query UnreadNotifications($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      seq\n      unreadNotifications\n    }\n  }\n": typeof types.UnreadNotificationsDocument,
    "\n  subscription Presence($workspaceId: ID!, $memberIds: [ID!]!) {\n    presence(workspaceId: $workspaceId, memberIds: $memberIds) {\n      memberId\n      presence\n    }\n  }\n": typeof types.PresenceDocument,
    "\n  mutation SetActivity($input: SetActivityInput!) {\n    setActivity(input: $input) {\n      activity\n    }\n  }\n": typeof types.SetActivityDocument,
    "\n  mutation MarkRead($input: MarkReadInput!) {\n    markRead(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n": typeof types.MarkReadDocument,
    "\n  fragment ReadState on ReadState {\n    id\n    lastReadSeq\n    epoch\n    unreadCount\n    mentionCount\n  }\n": typeof types.ReadStateFragmentDoc,
    "\n  fragment ChannelReadState on Channel {\n    readState {\n      ...ReadState\n    }\n  }\n": typeof types.ChannelReadStateFragmentDoc,
    "\n  query RefreshReadState($id: ID!) {\n    channel(id: $id) {\n      id\n      ...ChannelReadState\n    }\n  }\n": typeof types.RefreshReadStateDocument,
    "\n  fragment SavedSearch on SavedSearch {\n    id\n    name\n    query\n    createdAt\n  }\n": typeof types.SavedSearchFragmentDoc,
    "\n  query SavedSearches($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      savedSearches {\n        ...SavedSearch\n      }\n    }\n  }\n": typeof types.SavedSearchesDocument,
    "\n  mutation CreateSavedSearch($input: CreateSavedSearchInput!) {\n    createSavedSearch(input: $input) {\n      savedSearch {\n        ...SavedSearch\n      }\n    }\n  }\n": typeof types.CreateSavedSearchDocument,
    "\n  mutation DeleteSavedSearch($input: DeleteSavedSearchInput!) {\n    deleteSavedSearch(input: $input) {\n      savedSearchId\n    }\n  }\n": typeof types.DeleteSavedSearchDocument,
    "\n  fragment FoundMember on Member {\n    id\n    handle\n    memberName: name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n": typeof types.FoundMemberFragmentDoc,
    "\n  fragment SearchFound on SearchConnection {\n    edges {\n      cursor\n      node {\n        ... on Node {\n          id\n        }\n        ... on Message {\n          ...Message\n          author {\n            ...Member\n          }\n          channel {\n            ...Channel\n          }\n        }\n        ... on Channel {\n          ...Channel\n        }\n        ... on Member {\n          ...FoundMember\n        }\n      }\n      file: node {\n        ... on Node {\n          id\n        }\n        ... on File {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n      }\n      highlights {\n        start\n        length\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n": typeof types.SearchFoundFragmentDoc,
    "\n  query SearchFirstPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n    ) {\n      ...SearchFound\n      total {\n        count\n        exact\n      }\n      facets {\n        channels {\n          channel {\n            ...Channel\n          }\n          count\n        }\n        authors {\n          author {\n            ...Member\n          }\n          count\n        }\n        months {\n          month\n          count\n        }\n      }\n      unresolved\n      complete\n    }\n  }\n": typeof types.SearchFirstPageDocument,
    "\n  query SearchNextPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n    $after: String\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n      after: $after\n    ) {\n      ...SearchFound\n    }\n  }\n": typeof types.SearchNextPageDocument,
    "\n  query Switcher($workspaceId: ID!, $text: String!, $first: Int!) {\n    switcher(workspaceId: $workspaceId, text: $text, first: $first) {\n      ... on Channel {\n        ...Channel\n      }\n      ... on Member {\n        ...FoundMember\n      }\n    }\n  }\n": typeof types.SwitcherDocument,
    "\n  subscription SearchMatches($savedSearchId: ID!, $after: Seq) {\n    searchMatches(savedSearchId: $savedSearchId, after: $after) {\n      seq\n      message {\n        messageId\n      }\n    }\n  }\n": typeof types.SearchMatchesDocument,
    "\n  query Sessions {\n    viewer {\n      sessions {\n        id\n        createdAt\n        lastSeenAt\n        userAgent\n        current\n      }\n    }\n  }\n": typeof types.SessionsDocument,
    "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionId\n    }\n  }\n": typeof types.RevokeSessionDocument,
    "\n  mutation SignOut($input: SignOutInput!) {\n    signOut(input: $input) {\n      sessionId\n    }\n  }\n": typeof types.SignOutDocument,
    "\n  query Boot($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      workspace {\n        id\n        name\n        createdAt\n        memberCount\n        iconUrl\n        channelMentions\n        emoji {\n          ...Emoji\n        }\n      }\n      me {\n        ...Member\n      }\n      channels {\n        ...Channel\n        ...ChannelReadState\n      }\n      seq\n      privateRev\n      unreadNotifications\n    }\n  }\n": typeof types.BootDocument,
    "\n  fragment ChannelArchived on Channel {\n    id\n    archivedAt\n  }\n": typeof types.ChannelArchivedFragmentDoc,
};
const documents: Documents = {
    "\n  query BrowseChannels($workspaceId: ID!, $search: String, $isArchived: Boolean!, $after: String) {\n    workspace(id: $workspaceId) {\n      id\n      channels(first: 50, after: $after, search: $search, isArchived: $isArchived) {\n        nodes {\n          ...Channel\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.BrowseChannelsDocument,
    "\n  mutation CreateWorkspace($input: CreateWorkspaceInput!) {\n    createWorkspace(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n": types.CreateWorkspaceDocument,
    "\n  mutation DeleteEmoji($input: DeleteEmojiInput!) {\n    deleteEmoji(input: $input) {\n      emojiId\n    }\n  }\n": types.DeleteEmojiDocument,
    "\n  query InvitePreview($token: String!) {\n    invitePreview(token: $token) {\n      workspaceName\n      workspaceId\n      memberCount\n      invitedBy\n      alreadyMember\n    }\n  }\n": types.InvitePreviewDocument,
    "\n  mutation AcceptInvite($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n": types.AcceptInviteDocument,
    "\n  mutation UpdateMember($input: UpdateMemberInput!) {\n    updateMember(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n": types.UpdateMemberDocument,
    "\n  mutation LeaveWorkspace($input: LeaveWorkspaceInput!) {\n    leaveWorkspace(input: $input) {\n      workspaceId\n    }\n  }\n": types.LeaveWorkspaceDocument,
    "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": types.RegisterDocument,
    "\n  mutation Join($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n      }\n    }\n  }\n": types.JoinDocument,
    "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": types.SignInDocument,
    "\n  mutation UpdateWorkspace($input: UpdateWorkspaceInput!) {\n    updateWorkspace(input: $input) {\n      workspace {\n        id\n        name\n        iconUrl\n        channelMentions\n      }\n    }\n  }\n": types.UpdateWorkspaceDocument,
    "\n  mutation ChangeEmail($input: ChangeEmailInput!) {\n    changeEmail(input: $input) {\n      account {\n        id\n        email\n      }\n    }\n  }\n": types.ChangeEmailDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n": types.ChangePasswordDocument,
    "\n  query Viewer {\n    viewer {\n      account {\n        id\n        email\n        name\n        isServerAdmin\n        canCreateWorkspaces\n      }\n      workspaces {\n        id\n        name\n        iconUrl\n      }\n    }\n  }\n": types.ViewerDocument,
    "\n  query Server {\n    server {\n      version\n      needsFirstAccount\n      registrationOpen\n    }\n  }\n": types.ServerDocument,
    "\n  mutation ArchiveChannel($input: ArchiveChannelInput!) {\n    archiveChannel(input: $input) {\n      seq\n    }\n  }\n": types.ArchiveChannelDocument,
    "\n  query ChannelFiles($id: ID!, $kind: FileKind, $after: String) {\n    channel(id: $id) {\n      id\n      files(first: 30, after: $after, kind: $kind) {\n        nodes {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.ChannelFilesDocument,
    "\n  query ChannelMembers($id: ID!) {\n    channel(id: $id) {\n      id\n      members(first: 100) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n  }\n": types.ChannelMembersDocument,
    "\n  mutation RemoveFromChannel($input: RemoveFromChannelInput!) {\n    removeFromChannel(input: $input) {\n      seq\n    }\n  }\n": types.RemoveFromChannelDocument,
    "\n  mutation CreateChannel($input: CreateChannelInput!) {\n    createChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": types.CreateChannelDocument,
    "\n  mutation SetChannelTopic($input: SetChannelTopicInput!) {\n    setChannelTopic(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n": types.SetChannelTopicDocument,
    "\n  mutation RenameChannel($input: RenameChannelInput!) {\n    renameChannel(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n": types.RenameChannelDocument,
    "\n  fragment Channel on Channel {\n    id\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n    creatorId\n    memberCount\n    viewerIsMember\n    directMembers {\n      ...Member\n    }\n  }\n": types.ChannelFragmentDoc,
    "\n  query ChannelById($id: ID!) {\n    channel(id: $id) {\n      ...Channel\n    }\n  }\n": types.ChannelByIdDocument,
    "\n  fragment ChannelKnown on Channel {\n    id\n    kind\n    archivedAt\n    viewerIsMember\n  }\n": types.ChannelKnownFragmentDoc,
    "\n  query ChannelEpoch($id: ID!) {\n    channel(id: $id) {\n      id\n      readState {\n        epoch\n      }\n    }\n  }\n": types.ChannelEpochDocument,
    "\n  query MemberCount($id: ID!) {\n    channel(id: $id) {\n      id\n      memberCount\n    }\n  }\n": types.MemberCountDocument,
    "\n  fragment ChannelCounted on Channel {\n    memberCount\n  }\n": types.ChannelCountedFragmentDoc,
    "\n  mutation AddToChannel($input: AddToChannelInput!) {\n    addToChannel(input: $input) {\n      seq\n    }\n  }\n": types.AddToChannelDocument,
    "\n  mutation JoinChannel($input: JoinChannelInput!) {\n    joinChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": types.JoinChannelDocument,
    "\n  mutation LeaveChannel($input: LeaveChannelInput!) {\n    leaveChannel(input: $input) {\n      channelId\n    }\n  }\n": types.LeaveChannelDocument,
    "\n  mutation OpenDirect($input: OpenDirectInput!) {\n    openDirect(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n": types.OpenDirectDocument,
    "\n  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {\n    unarchiveChannel(input: $input) {\n      seq\n    }\n  }\n": types.UnarchiveChannelDocument,
    "\n  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {\n    channel(id: $channelId) {\n      id\n      membersAmong(ids: $ids) {\n        id\n      }\n    }\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n": types.MembersAmongDocument,
    "\n  mutation EditMessage($input: EditMessageInput!) {\n    editMessage(input: $input) {\n      message {\n        ...Message\n      }\n    }\n  }\n": types.EditMessageDocument,
    "\n  mutation DeleteMessage($input: DeleteMessageInput!) {\n    deleteMessage(input: $input) {\n      message {\n        id\n        rootId: threadId\n        deletedAt\n      }\n    }\n  }\n": types.DeleteMessageDocument,
    "\n  mutation MarkUnread($input: MarkUnreadInput!) {\n    markUnread(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n": types.MarkUnreadDocument,
    "\n  mutation AddReaction($input: AddReactionInput!) {\n    addReaction(input: $input) {\n      seq\n    }\n  }\n": types.AddReactionDocument,
    "\n  mutation RemoveReaction($input: RemoveReactionInput!) {\n    removeReaction(input: $input) {\n      seq\n    }\n  }\n": types.RemoveReactionDocument,
    "\n  mutation CreateEmoji($input: CreateEmojiInput!) {\n    createEmoji(input: $input) {\n      emoji {\n        ...Emoji\n      }\n    }\n  }\n": types.CreateEmojiDocument,
    "\n  fragment Emoji on Emoji {\n    id\n    name\n    url\n    stillUrl\n    creatorId\n  }\n": types.EmojiFragmentDoc,
    "\n  fragment File on File {\n    id\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n    removedAt\n  }\n": types.FileFragmentDoc,
    "\n  mutation UpdateFile($input: UpdateFileInput!) {\n    updateFile(input: $input) {\n      file {\n        ...File\n      }\n    }\n  }\n": types.UpdateFileDocument,
    "\n  mutation DeleteFile($input: DeleteFileInput!) {\n    deleteFile(input: $input) {\n      seq\n    }\n  }\n": types.DeleteFileDocument,
    "\n  query FileLimits($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      fileLimits {\n        fileBytes\n        memberBytes\n        memberBytesUsed\n        workspaceBytes\n        workspaceBytesUsed\n        attachmentsPerMessage\n      }\n    }\n  }\n": types.FileLimitsDocument,
    "\n  fragment UploadParts on Upload {\n    id\n    parts {\n      number\n      offset\n      size\n      url\n      method\n      headers {\n        name\n        value\n      }\n      isReceived\n    }\n  }\n": types.UploadPartsFragmentDoc,
    "\n  mutation CreateUpload($input: CreateUploadInput!) {\n    createUpload(input: $input) {\n      upload {\n        ...UploadParts\n      }\n    }\n  }\n": types.CreateUploadDocument,
    "\n  query UploadById($id: ID!) {\n    upload(id: $id) {\n      ...UploadParts\n    }\n  }\n": types.UploadByIdDocument,
    "\n  mutation CompleteUpload($input: CompleteUploadInput!) {\n    completeUpload(input: $input) {\n      status\n      file {\n        ...File\n      }\n    }\n  }\n": types.CompleteUploadDocument,
    "\n  mutation CancelUpload($input: CancelUploadInput!) {\n    cancelUpload(input: $input) {\n      uploadId\n    }\n  }\n": types.CancelUploadDocument,
    "\n  query Invites($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      invites {\n        id\n        expiresAt\n        maxUses\n        uses\n        createdBy {\n          id\n          name\n        }\n      }\n    }\n  }\n": types.InvitesDocument,
    "\n  mutation CreateInvite($input: CreateInviteInput!) {\n    createInvite(input: $input) {\n      url\n      invite {\n        id\n      }\n    }\n  }\n": types.CreateInviteDocument,
    "\n  mutation RevokeInvite($input: RevokeInviteInput!) {\n    revokeInvite(input: $input) {\n      inviteId\n    }\n  }\n": types.RevokeInviteDocument,
    "\n  fragment WorkspaceSnapshot on WorkspaceSnapshot {\n    id: workspaceId\n    name\n    iconUrl\n    channelMentions\n  }\n": types.WorkspaceSnapshotFragmentDoc,
    "\n  fragment ChannelSnapshot on ChannelSnapshot {\n    id: channelId\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n  }\n": types.ChannelSnapshotFragmentDoc,
    "\n  fragment MessageSnapshot on MessageSnapshot {\n    id: messageId\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n  }\n": types.MessageSnapshotFragmentDoc,
    "\n  fragment FileSnapshot on FileSnapshot {\n    id: fileId\n    isRemoved\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n  }\n": types.FileSnapshotFragmentDoc,
    "\n  subscription Events($workspaceId: ID!, $after: Seq, $privateRev: Seq, $activity: Activity) {\n    events(\n      workspaceId: $workspaceId\n      after: $after\n      privateRev: $privateRev\n      activity: $activity\n    ) {\n      __typename\n      ... on LogEvent {\n        seq\n        at\n        actorId\n      }\n      ... on WorkspaceCreated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on WorkspaceUpdated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on MemberJoined {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberUpdated {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberLeft {\n        memberId\n      }\n      ... on ChannelCreated {\n        memberIds\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelUpdated {\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelJoined {\n        memberId\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelLeft {\n        channelId\n        memberId\n      }\n      ... on MessageSent {\n        message {\n          ...MessageSnapshot\n        }\n        files {\n          ...FileSnapshot\n        }\n      }\n      ... on MessageEdited {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on MessageDeleted {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on FileUploaded {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileUpdated {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileRemoved {\n        fileId\n      }\n      ... on EmojiCreated {\n        # Aliased, because the emoji of a reaction is a string.\n        created: emoji {\n          ...Emoji\n        }\n      }\n      ... on EmojiDeleted {\n        emojiId\n      }\n      ... on ReactionAdded {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReactionRemoved {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReadStateChanged {\n        channelId\n        privateRev\n        unreadNotifications\n        countedSeq\n        readState {\n          ...ReadState\n        }\n      }\n      ... on NotificationAdded {\n        privateRev\n        unreadNotifications\n        countedSeq\n        channelId\n        messageId\n        reason\n      }\n      ... on NotificationsChanged {\n        privateRev\n        unreadNotifications\n        countedSeq\n      }\n      ... on PrivateChanged {\n        privateRev\n      }\n      ... on Head {\n        seq\n      }\n      ... on Resync {\n        after\n        takeBoot\n      }\n    }\n  }\n": types.EventsDocument,
    "\n  mutation SetMemberRole($input: SetMemberRoleInput!) {\n    setMemberRole(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n": types.SetMemberRoleDocument,
    "\n  mutation RemoveMember($input: RemoveMemberInput!) {\n    removeMember(input: $input) {\n      memberId\n    }\n  }\n": types.RemoveMemberDocument,
    "\n  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n": types.MembersByHandleDocument,
    "\n  fragment Member on Member {\n    id\n    handle\n    name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n": types.MemberFragmentDoc,
    "\n  query MembersById($workspaceId: ID!, $ids: [ID!]!) {\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n": types.MembersByIdDocument,
    "\n  query MemberSearch($workspaceId: ID!, $search: String!, $handles: [String!]!, $first: Int!) {\n    workspace(id: $workspaceId) {\n      id\n      members(first: $first, search: $search) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n    switcher(workspaceId: $workspaceId, text: $search, first: $first) {\n      ... on Member {\n        ...FoundMember\n      }\n    }\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n": types.MemberSearchDocument,
    "\n  fragment Message on Message {\n    id\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n    reactions {\n      emoji\n      count\n      viewerReacted\n      members {\n        id\n      }\n    }\n    thread {\n      id\n      replyCount\n      lastReplyAt\n      participants {\n        id\n      }\n    }\n    files {\n      ...File\n    }\n  }\n": types.MessageFragmentDoc,
    "\n  fragment MessagePage on MessageConnection {\n    edges {\n      cursor\n      node {\n        ...Message\n        author {\n          ...Member\n        }\n      }\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n  }\n": types.MessagePageFragmentDoc,
    "\n  query ChannelPage(\n    $channelId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n    $aroundSeq: Seq\n  ) {\n    channel(id: $channelId) {\n      id\n      messages(\n        first: $first\n        after: $after\n        last: $last\n        before: $before\n        around: $around\n        aroundSeq: $aroundSeq\n      ) {\n        ...MessagePage\n      }\n    }\n  }\n": types.ChannelPageDocument,
    "\n  query ThreadPage(\n    $rootId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n  ) {\n    message(id: $rootId) {\n      ...Message\n      author {\n        ...Member\n      }\n      thread {\n        id\n        replies(first: $first, after: $after, last: $last, before: $before, around: $around) {\n          ...MessagePage\n        }\n      }\n    }\n  }\n": types.ThreadPageDocument,
    "\n  query MessageRoot($id: ID!) {\n    message(id: $id) {\n      id\n      rootId: threadId\n    }\n  }\n": types.MessageRootDocument,
    "\n  mutation SendMessage($input: SendMessageInput!) {\n    sendMessage(input: $input) {\n      status\n      message {\n        ...Message\n      }\n    }\n  }\n": types.SendMessageDocument,
    "\n  query Notifications($workspaceId: ID!, $before: String) {\n    workspace(id: $workspaceId) {\n      id\n      notifications(last: 50, before: $before) {\n        nodes {\n          id\n          seq\n          reason\n          createdAt\n          read\n          message {\n            ...Message\n            author {\n              ...Member\n            }\n            channel {\n              id\n              name\n              kind\n            }\n          }\n        }\n        pageInfo {\n          hasPreviousPage\n          startCursor\n        }\n      }\n    }\n  }\n": types.NotificationsDocument,
    "\n  mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {\n    markNotificationsRead(input: $input) {\n      unreadNotifications\n      countedSeq\n      privateRev\n    }\n  }\n": types.MarkNotificationsReadDocument,
    "\n  query UnreadNotifications($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      seq\n      unreadNotifications\n    }\n  }\n": types.UnreadNotificationsDocument,
    "\n  subscription Presence($workspaceId: ID!, $memberIds: [ID!]!) {\n    presence(workspaceId: $workspaceId, memberIds: $memberIds) {\n      memberId\n      presence\n    }\n  }\n": types.PresenceDocument,
    "\n  mutation SetActivity($input: SetActivityInput!) {\n    setActivity(input: $input) {\n      activity\n    }\n  }\n": types.SetActivityDocument,
    "\n  mutation MarkRead($input: MarkReadInput!) {\n    markRead(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n": types.MarkReadDocument,
    "\n  fragment ReadState on ReadState {\n    id\n    lastReadSeq\n    epoch\n    unreadCount\n    mentionCount\n  }\n": types.ReadStateFragmentDoc,
    "\n  fragment ChannelReadState on Channel {\n    readState {\n      ...ReadState\n    }\n  }\n": types.ChannelReadStateFragmentDoc,
    "\n  query RefreshReadState($id: ID!) {\n    channel(id: $id) {\n      id\n      ...ChannelReadState\n    }\n  }\n": types.RefreshReadStateDocument,
    "\n  fragment SavedSearch on SavedSearch {\n    id\n    name\n    query\n    createdAt\n  }\n": types.SavedSearchFragmentDoc,
    "\n  query SavedSearches($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      savedSearches {\n        ...SavedSearch\n      }\n    }\n  }\n": types.SavedSearchesDocument,
    "\n  mutation CreateSavedSearch($input: CreateSavedSearchInput!) {\n    createSavedSearch(input: $input) {\n      savedSearch {\n        ...SavedSearch\n      }\n    }\n  }\n": types.CreateSavedSearchDocument,
    "\n  mutation DeleteSavedSearch($input: DeleteSavedSearchInput!) {\n    deleteSavedSearch(input: $input) {\n      savedSearchId\n    }\n  }\n": types.DeleteSavedSearchDocument,
    "\n  fragment FoundMember on Member {\n    id\n    handle\n    memberName: name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n": types.FoundMemberFragmentDoc,
    "\n  fragment SearchFound on SearchConnection {\n    edges {\n      cursor\n      node {\n        ... on Node {\n          id\n        }\n        ... on Message {\n          ...Message\n          author {\n            ...Member\n          }\n          channel {\n            ...Channel\n          }\n        }\n        ... on Channel {\n          ...Channel\n        }\n        ... on Member {\n          ...FoundMember\n        }\n      }\n      file: node {\n        ... on Node {\n          id\n        }\n        ... on File {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n      }\n      highlights {\n        start\n        length\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n": types.SearchFoundFragmentDoc,
    "\n  query SearchFirstPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n    ) {\n      ...SearchFound\n      total {\n        count\n        exact\n      }\n      facets {\n        channels {\n          channel {\n            ...Channel\n          }\n          count\n        }\n        authors {\n          author {\n            ...Member\n          }\n          count\n        }\n        months {\n          month\n          count\n        }\n      }\n      unresolved\n      complete\n    }\n  }\n": types.SearchFirstPageDocument,
    "\n  query SearchNextPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n    $after: String\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n      after: $after\n    ) {\n      ...SearchFound\n    }\n  }\n": types.SearchNextPageDocument,
    "\n  query Switcher($workspaceId: ID!, $text: String!, $first: Int!) {\n    switcher(workspaceId: $workspaceId, text: $text, first: $first) {\n      ... on Channel {\n        ...Channel\n      }\n      ... on Member {\n        ...FoundMember\n      }\n    }\n  }\n": types.SwitcherDocument,
    "\n  subscription SearchMatches($savedSearchId: ID!, $after: Seq) {\n    searchMatches(savedSearchId: $savedSearchId, after: $after) {\n      seq\n      message {\n        messageId\n      }\n    }\n  }\n": types.SearchMatchesDocument,
    "\n  query Sessions {\n    viewer {\n      sessions {\n        id\n        createdAt\n        lastSeenAt\n        userAgent\n        current\n      }\n    }\n  }\n": types.SessionsDocument,
    "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionId\n    }\n  }\n": types.RevokeSessionDocument,
    "\n  mutation SignOut($input: SignOutInput!) {\n    signOut(input: $input) {\n      sessionId\n    }\n  }\n": types.SignOutDocument,
    "\n  query Boot($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      workspace {\n        id\n        name\n        createdAt\n        memberCount\n        iconUrl\n        channelMentions\n        emoji {\n          ...Emoji\n        }\n      }\n      me {\n        ...Member\n      }\n      channels {\n        ...Channel\n        ...ChannelReadState\n      }\n      seq\n      privateRev\n      unreadNotifications\n    }\n  }\n": types.BootDocument,
    "\n  fragment ChannelArchived on Channel {\n    id\n    archivedAt\n  }\n": types.ChannelArchivedFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BrowseChannels($workspaceId: ID!, $search: String, $isArchived: Boolean!, $after: String) {\n    workspace(id: $workspaceId) {\n      id\n      channels(first: 50, after: $after, search: $search, isArchived: $isArchived) {\n        nodes {\n          ...Channel\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query BrowseChannels($workspaceId: ID!, $search: String, $isArchived: Boolean!, $after: String) {\n    workspace(id: $workspaceId) {\n      id\n      channels(first: 50, after: $after, search: $search, isArchived: $isArchived) {\n        nodes {\n          ...Channel\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateWorkspace($input: CreateWorkspaceInput!) {\n    createWorkspace(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateWorkspace($input: CreateWorkspaceInput!) {\n    createWorkspace(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteEmoji($input: DeleteEmojiInput!) {\n    deleteEmoji(input: $input) {\n      emojiId\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteEmoji($input: DeleteEmojiInput!) {\n    deleteEmoji(input: $input) {\n      emojiId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query InvitePreview($token: String!) {\n    invitePreview(token: $token) {\n      workspaceName\n      workspaceId\n      memberCount\n      invitedBy\n      alreadyMember\n    }\n  }\n"): (typeof documents)["\n  query InvitePreview($token: String!) {\n    invitePreview(token: $token) {\n      workspaceName\n      workspaceId\n      memberCount\n      invitedBy\n      alreadyMember\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AcceptInvite($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation AcceptInvite($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n        name\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateMember($input: UpdateMemberInput!) {\n    updateMember(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateMember($input: UpdateMemberInput!) {\n    updateMember(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation LeaveWorkspace($input: LeaveWorkspaceInput!) {\n    leaveWorkspace(input: $input) {\n      workspaceId\n    }\n  }\n"): (typeof documents)["\n  mutation LeaveWorkspace($input: LeaveWorkspaceInput!) {\n    leaveWorkspace(input: $input) {\n      workspaceId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Join($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Join($input: AcceptInviteInput!) {\n    acceptInvite(input: $input) {\n      workspace {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateWorkspace($input: UpdateWorkspaceInput!) {\n    updateWorkspace(input: $input) {\n      workspace {\n        id\n        name\n        iconUrl\n        channelMentions\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateWorkspace($input: UpdateWorkspaceInput!) {\n    updateWorkspace(input: $input) {\n      workspace {\n        id\n        name\n        iconUrl\n        channelMentions\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangeEmail($input: ChangeEmailInput!) {\n    changeEmail(input: $input) {\n      account {\n        id\n        email\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ChangeEmail($input: ChangeEmailInput!) {\n    changeEmail(input: $input) {\n      account {\n        id\n        email\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      account {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Viewer {\n    viewer {\n      account {\n        id\n        email\n        name\n        isServerAdmin\n        canCreateWorkspaces\n      }\n      workspaces {\n        id\n        name\n        iconUrl\n      }\n    }\n  }\n"): (typeof documents)["\n  query Viewer {\n    viewer {\n      account {\n        id\n        email\n        name\n        isServerAdmin\n        canCreateWorkspaces\n      }\n      workspaces {\n        id\n        name\n        iconUrl\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Server {\n    server {\n      version\n      needsFirstAccount\n      registrationOpen\n    }\n  }\n"): (typeof documents)["\n  query Server {\n    server {\n      version\n      needsFirstAccount\n      registrationOpen\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ArchiveChannel($input: ArchiveChannelInput!) {\n    archiveChannel(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation ArchiveChannel($input: ArchiveChannelInput!) {\n    archiveChannel(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChannelFiles($id: ID!, $kind: FileKind, $after: String) {\n    channel(id: $id) {\n      id\n      files(first: 30, after: $after, kind: $kind) {\n        nodes {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChannelFiles($id: ID!, $kind: FileKind, $after: String) {\n    channel(id: $id) {\n      id\n      files(first: 30, after: $after, kind: $kind) {\n        nodes {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChannelMembers($id: ID!) {\n    channel(id: $id) {\n      id\n      members(first: 100) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChannelMembers($id: ID!) {\n    channel(id: $id) {\n      id\n      members(first: 100) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RemoveFromChannel($input: RemoveFromChannelInput!) {\n    removeFromChannel(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation RemoveFromChannel($input: RemoveFromChannelInput!) {\n    removeFromChannel(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateChannel($input: CreateChannelInput!) {\n    createChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateChannel($input: CreateChannelInput!) {\n    createChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetChannelTopic($input: SetChannelTopicInput!) {\n    setChannelTopic(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SetChannelTopic($input: SetChannelTopicInput!) {\n    setChannelTopic(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameChannel($input: RenameChannelInput!) {\n    renameChannel(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation RenameChannel($input: RenameChannelInput!) {\n    renameChannel(input: $input) {\n      channel {\n        ...Channel\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Channel on Channel {\n    id\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n    creatorId\n    memberCount\n    viewerIsMember\n    directMembers {\n      ...Member\n    }\n  }\n"): (typeof documents)["\n  fragment Channel on Channel {\n    id\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n    creatorId\n    memberCount\n    viewerIsMember\n    directMembers {\n      ...Member\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChannelById($id: ID!) {\n    channel(id: $id) {\n      ...Channel\n    }\n  }\n"): (typeof documents)["\n  query ChannelById($id: ID!) {\n    channel(id: $id) {\n      ...Channel\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ChannelKnown on Channel {\n    id\n    kind\n    archivedAt\n    viewerIsMember\n  }\n"): (typeof documents)["\n  fragment ChannelKnown on Channel {\n    id\n    kind\n    archivedAt\n    viewerIsMember\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChannelEpoch($id: ID!) {\n    channel(id: $id) {\n      id\n      readState {\n        epoch\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChannelEpoch($id: ID!) {\n    channel(id: $id) {\n      id\n      readState {\n        epoch\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MemberCount($id: ID!) {\n    channel(id: $id) {\n      id\n      memberCount\n    }\n  }\n"): (typeof documents)["\n  query MemberCount($id: ID!) {\n    channel(id: $id) {\n      id\n      memberCount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ChannelCounted on Channel {\n    memberCount\n  }\n"): (typeof documents)["\n  fragment ChannelCounted on Channel {\n    memberCount\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AddToChannel($input: AddToChannelInput!) {\n    addToChannel(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation AddToChannel($input: AddToChannelInput!) {\n    addToChannel(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation JoinChannel($input: JoinChannelInput!) {\n    joinChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation JoinChannel($input: JoinChannelInput!) {\n    joinChannel(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation LeaveChannel($input: LeaveChannelInput!) {\n    leaveChannel(input: $input) {\n      channelId\n    }\n  }\n"): (typeof documents)["\n  mutation LeaveChannel($input: LeaveChannelInput!) {\n    leaveChannel(input: $input) {\n      channelId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OpenDirect($input: OpenDirectInput!) {\n    openDirect(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation OpenDirect($input: OpenDirectInput!) {\n    openDirect(input: $input) {\n      channel {\n        ...Channel\n        ...ChannelReadState\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {\n    unarchiveChannel(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {\n    unarchiveChannel(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {\n    channel(id: $channelId) {\n      id\n      membersAmong(ids: $ids) {\n        id\n      }\n    }\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n"): (typeof documents)["\n  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {\n    channel(id: $channelId) {\n      id\n      membersAmong(ids: $ids) {\n        id\n      }\n    }\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation EditMessage($input: EditMessageInput!) {\n    editMessage(input: $input) {\n      message {\n        ...Message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation EditMessage($input: EditMessageInput!) {\n    editMessage(input: $input) {\n      message {\n        ...Message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteMessage($input: DeleteMessageInput!) {\n    deleteMessage(input: $input) {\n      message {\n        id\n        rootId: threadId\n        deletedAt\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteMessage($input: DeleteMessageInput!) {\n    deleteMessage(input: $input) {\n      message {\n        id\n        rootId: threadId\n        deletedAt\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MarkUnread($input: MarkUnreadInput!) {\n    markUnread(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation MarkUnread($input: MarkUnreadInput!) {\n    markUnread(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AddReaction($input: AddReactionInput!) {\n    addReaction(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation AddReaction($input: AddReactionInput!) {\n    addReaction(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RemoveReaction($input: RemoveReactionInput!) {\n    removeReaction(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation RemoveReaction($input: RemoveReactionInput!) {\n    removeReaction(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateEmoji($input: CreateEmojiInput!) {\n    createEmoji(input: $input) {\n      emoji {\n        ...Emoji\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateEmoji($input: CreateEmojiInput!) {\n    createEmoji(input: $input) {\n      emoji {\n        ...Emoji\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Emoji on Emoji {\n    id\n    name\n    url\n    stillUrl\n    creatorId\n  }\n"): (typeof documents)["\n  fragment Emoji on Emoji {\n    id\n    name\n    url\n    stillUrl\n    creatorId\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment File on File {\n    id\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n    removedAt\n  }\n"): (typeof documents)["\n  fragment File on File {\n    id\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n    removedAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateFile($input: UpdateFileInput!) {\n    updateFile(input: $input) {\n      file {\n        ...File\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation UpdateFile($input: UpdateFileInput!) {\n    updateFile(input: $input) {\n      file {\n        ...File\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteFile($input: DeleteFileInput!) {\n    deleteFile(input: $input) {\n      seq\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteFile($input: DeleteFileInput!) {\n    deleteFile(input: $input) {\n      seq\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query FileLimits($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      fileLimits {\n        fileBytes\n        memberBytes\n        memberBytesUsed\n        workspaceBytes\n        workspaceBytesUsed\n        attachmentsPerMessage\n      }\n    }\n  }\n"): (typeof documents)["\n  query FileLimits($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      fileLimits {\n        fileBytes\n        memberBytes\n        memberBytesUsed\n        workspaceBytes\n        workspaceBytesUsed\n        attachmentsPerMessage\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment UploadParts on Upload {\n    id\n    parts {\n      number\n      offset\n      size\n      url\n      method\n      headers {\n        name\n        value\n      }\n      isReceived\n    }\n  }\n"): (typeof documents)["\n  fragment UploadParts on Upload {\n    id\n    parts {\n      number\n      offset\n      size\n      url\n      method\n      headers {\n        name\n        value\n      }\n      isReceived\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateUpload($input: CreateUploadInput!) {\n    createUpload(input: $input) {\n      upload {\n        ...UploadParts\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateUpload($input: CreateUploadInput!) {\n    createUpload(input: $input) {\n      upload {\n        ...UploadParts\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query UploadById($id: ID!) {\n    upload(id: $id) {\n      ...UploadParts\n    }\n  }\n"): (typeof documents)["\n  query UploadById($id: ID!) {\n    upload(id: $id) {\n      ...UploadParts\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CompleteUpload($input: CompleteUploadInput!) {\n    completeUpload(input: $input) {\n      status\n      file {\n        ...File\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CompleteUpload($input: CompleteUploadInput!) {\n    completeUpload(input: $input) {\n      status\n      file {\n        ...File\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelUpload($input: CancelUploadInput!) {\n    cancelUpload(input: $input) {\n      uploadId\n    }\n  }\n"): (typeof documents)["\n  mutation CancelUpload($input: CancelUploadInput!) {\n    cancelUpload(input: $input) {\n      uploadId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Invites($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      invites {\n        id\n        expiresAt\n        maxUses\n        uses\n        createdBy {\n          id\n          name\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Invites($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      invites {\n        id\n        expiresAt\n        maxUses\n        uses\n        createdBy {\n          id\n          name\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateInvite($input: CreateInviteInput!) {\n    createInvite(input: $input) {\n      url\n      invite {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateInvite($input: CreateInviteInput!) {\n    createInvite(input: $input) {\n      url\n      invite {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeInvite($input: RevokeInviteInput!) {\n    revokeInvite(input: $input) {\n      inviteId\n    }\n  }\n"): (typeof documents)["\n  mutation RevokeInvite($input: RevokeInviteInput!) {\n    revokeInvite(input: $input) {\n      inviteId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment WorkspaceSnapshot on WorkspaceSnapshot {\n    id: workspaceId\n    name\n    iconUrl\n    channelMentions\n  }\n"): (typeof documents)["\n  fragment WorkspaceSnapshot on WorkspaceSnapshot {\n    id: workspaceId\n    name\n    iconUrl\n    channelMentions\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ChannelSnapshot on ChannelSnapshot {\n    id: channelId\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n  }\n"): (typeof documents)["\n  fragment ChannelSnapshot on ChannelSnapshot {\n    id: channelId\n    kind\n    name\n    topic\n    createdAt\n    archivedAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment MessageSnapshot on MessageSnapshot {\n    id: messageId\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n  }\n"): (typeof documents)["\n  fragment MessageSnapshot on MessageSnapshot {\n    id: messageId\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment FileSnapshot on FileSnapshot {\n    id: fileId\n    isRemoved\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n  }\n"): (typeof documents)["\n  fragment FileSnapshot on FileSnapshot {\n    id: fileId\n    isRemoved\n    name\n    type\n    kind\n    size\n    status\n    isVoice\n    isAnimated\n    alt\n    width\n    height\n    durationMs\n    thumbhash\n    waveform\n    url\n    downloadUrl\n    previews {\n      size\n      url\n      width\n      height\n    }\n    uploaderId\n    channelId\n    messageId\n    createdAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription Events($workspaceId: ID!, $after: Seq, $privateRev: Seq, $activity: Activity) {\n    events(\n      workspaceId: $workspaceId\n      after: $after\n      privateRev: $privateRev\n      activity: $activity\n    ) {\n      __typename\n      ... on LogEvent {\n        seq\n        at\n        actorId\n      }\n      ... on WorkspaceCreated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on WorkspaceUpdated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on MemberJoined {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberUpdated {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberLeft {\n        memberId\n      }\n      ... on ChannelCreated {\n        memberIds\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelUpdated {\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelJoined {\n        memberId\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelLeft {\n        channelId\n        memberId\n      }\n      ... on MessageSent {\n        message {\n          ...MessageSnapshot\n        }\n        files {\n          ...FileSnapshot\n        }\n      }\n      ... on MessageEdited {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on MessageDeleted {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on FileUploaded {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileUpdated {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileRemoved {\n        fileId\n      }\n      ... on EmojiCreated {\n        # Aliased, because the emoji of a reaction is a string.\n        created: emoji {\n          ...Emoji\n        }\n      }\n      ... on EmojiDeleted {\n        emojiId\n      }\n      ... on ReactionAdded {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReactionRemoved {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReadStateChanged {\n        channelId\n        privateRev\n        unreadNotifications\n        countedSeq\n        readState {\n          ...ReadState\n        }\n      }\n      ... on NotificationAdded {\n        privateRev\n        unreadNotifications\n        countedSeq\n        channelId\n        messageId\n        reason\n      }\n      ... on NotificationsChanged {\n        privateRev\n        unreadNotifications\n        countedSeq\n      }\n      ... on PrivateChanged {\n        privateRev\n      }\n      ... on Head {\n        seq\n      }\n      ... on Resync {\n        after\n        takeBoot\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription Events($workspaceId: ID!, $after: Seq, $privateRev: Seq, $activity: Activity) {\n    events(\n      workspaceId: $workspaceId\n      after: $after\n      privateRev: $privateRev\n      activity: $activity\n    ) {\n      __typename\n      ... on LogEvent {\n        seq\n        at\n        actorId\n      }\n      ... on WorkspaceCreated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on WorkspaceUpdated {\n        workspace {\n          ...WorkspaceSnapshot\n        }\n      }\n      ... on MemberJoined {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberUpdated {\n        member {\n          ...Member\n        }\n      }\n      ... on MemberLeft {\n        memberId\n      }\n      ... on ChannelCreated {\n        memberIds\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelUpdated {\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelJoined {\n        memberId\n        channel {\n          ...ChannelSnapshot\n        }\n      }\n      ... on ChannelLeft {\n        channelId\n        memberId\n      }\n      ... on MessageSent {\n        message {\n          ...MessageSnapshot\n        }\n        files {\n          ...FileSnapshot\n        }\n      }\n      ... on MessageEdited {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on MessageDeleted {\n        message {\n          ...MessageSnapshot\n        }\n      }\n      ... on FileUploaded {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileUpdated {\n        file {\n          ...FileSnapshot\n        }\n      }\n      ... on FileRemoved {\n        fileId\n      }\n      ... on EmojiCreated {\n        # Aliased, because the emoji of a reaction is a string.\n        created: emoji {\n          ...Emoji\n        }\n      }\n      ... on EmojiDeleted {\n        emojiId\n      }\n      ... on ReactionAdded {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReactionRemoved {\n        messageId\n        channelId\n        emoji\n      }\n      ... on ReadStateChanged {\n        channelId\n        privateRev\n        unreadNotifications\n        countedSeq\n        readState {\n          ...ReadState\n        }\n      }\n      ... on NotificationAdded {\n        privateRev\n        unreadNotifications\n        countedSeq\n        channelId\n        messageId\n        reason\n      }\n      ... on NotificationsChanged {\n        privateRev\n        unreadNotifications\n        countedSeq\n      }\n      ... on PrivateChanged {\n        privateRev\n      }\n      ... on Head {\n        seq\n      }\n      ... on Resync {\n        after\n        takeBoot\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetMemberRole($input: SetMemberRoleInput!) {\n    setMemberRole(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SetMemberRole($input: SetMemberRoleInput!) {\n    setMemberRole(input: $input) {\n      member {\n        ...Member\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RemoveMember($input: RemoveMemberInput!) {\n    removeMember(input: $input) {\n      memberId\n    }\n  }\n"): (typeof documents)["\n  mutation RemoveMember($input: RemoveMemberInput!) {\n    removeMember(input: $input) {\n      memberId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n"): (typeof documents)["\n  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Member on Member {\n    id\n    handle\n    name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n"): (typeof documents)["\n  fragment Member on Member {\n    id\n    handle\n    name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MembersById($workspaceId: ID!, $ids: [ID!]!) {\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n"): (typeof documents)["\n  query MembersById($workspaceId: ID!, $ids: [ID!]!) {\n    members(workspaceId: $workspaceId, ids: $ids) {\n      ...Member\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MemberSearch($workspaceId: ID!, $search: String!, $handles: [String!]!, $first: Int!) {\n    workspace(id: $workspaceId) {\n      id\n      members(first: $first, search: $search) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n    switcher(workspaceId: $workspaceId, text: $search, first: $first) {\n      ... on Member {\n        ...FoundMember\n      }\n    }\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n"): (typeof documents)["\n  query MemberSearch($workspaceId: ID!, $search: String!, $handles: [String!]!, $first: Int!) {\n    workspace(id: $workspaceId) {\n      id\n      members(first: $first, search: $search) {\n        nodes {\n          ...Member\n        }\n      }\n    }\n    switcher(workspaceId: $workspaceId, text: $search, first: $first) {\n      ... on Member {\n        ...FoundMember\n      }\n    }\n    members(workspaceId: $workspaceId, ids: [], handles: $handles) {\n      ...Member\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Message on Message {\n    id\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n    reactions {\n      emoji\n      count\n      viewerReacted\n      members {\n        id\n      }\n    }\n    thread {\n      id\n      replyCount\n      lastReplyAt\n      participants {\n        id\n      }\n    }\n    files {\n      ...File\n    }\n  }\n"): (typeof documents)["\n  fragment Message on Message {\n    id\n    seq\n    channelId\n    authorId\n    rootId: threadId\n    text\n    mentionedIds\n    mentionsChannel\n    createdAt\n    editedAt\n    deletedAt\n    reactions {\n      emoji\n      count\n      viewerReacted\n      members {\n        id\n      }\n    }\n    thread {\n      id\n      replyCount\n      lastReplyAt\n      participants {\n        id\n      }\n    }\n    files {\n      ...File\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment MessagePage on MessageConnection {\n    edges {\n      cursor\n      node {\n        ...Message\n        author {\n          ...Member\n        }\n      }\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n  }\n"): (typeof documents)["\n  fragment MessagePage on MessageConnection {\n    edges {\n      cursor\n      node {\n        ...Message\n        author {\n          ...Member\n        }\n      }\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      startCursor\n      endCursor\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ChannelPage(\n    $channelId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n    $aroundSeq: Seq\n  ) {\n    channel(id: $channelId) {\n      id\n      messages(\n        first: $first\n        after: $after\n        last: $last\n        before: $before\n        around: $around\n        aroundSeq: $aroundSeq\n      ) {\n        ...MessagePage\n      }\n    }\n  }\n"): (typeof documents)["\n  query ChannelPage(\n    $channelId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n    $aroundSeq: Seq\n  ) {\n    channel(id: $channelId) {\n      id\n      messages(\n        first: $first\n        after: $after\n        last: $last\n        before: $before\n        around: $around\n        aroundSeq: $aroundSeq\n      ) {\n        ...MessagePage\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ThreadPage(\n    $rootId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n  ) {\n    message(id: $rootId) {\n      ...Message\n      author {\n        ...Member\n      }\n      thread {\n        id\n        replies(first: $first, after: $after, last: $last, before: $before, around: $around) {\n          ...MessagePage\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query ThreadPage(\n    $rootId: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $around: ID\n  ) {\n    message(id: $rootId) {\n      ...Message\n      author {\n        ...Member\n      }\n      thread {\n        id\n        replies(first: $first, after: $after, last: $last, before: $before, around: $around) {\n          ...MessagePage\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MessageRoot($id: ID!) {\n    message(id: $id) {\n      id\n      rootId: threadId\n    }\n  }\n"): (typeof documents)["\n  query MessageRoot($id: ID!) {\n    message(id: $id) {\n      id\n      rootId: threadId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SendMessage($input: SendMessageInput!) {\n    sendMessage(input: $input) {\n      status\n      message {\n        ...Message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SendMessage($input: SendMessageInput!) {\n    sendMessage(input: $input) {\n      status\n      message {\n        ...Message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Notifications($workspaceId: ID!, $before: String) {\n    workspace(id: $workspaceId) {\n      id\n      notifications(last: 50, before: $before) {\n        nodes {\n          id\n          seq\n          reason\n          createdAt\n          read\n          message {\n            ...Message\n            author {\n              ...Member\n            }\n            channel {\n              id\n              name\n              kind\n            }\n          }\n        }\n        pageInfo {\n          hasPreviousPage\n          startCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Notifications($workspaceId: ID!, $before: String) {\n    workspace(id: $workspaceId) {\n      id\n      notifications(last: 50, before: $before) {\n        nodes {\n          id\n          seq\n          reason\n          createdAt\n          read\n          message {\n            ...Message\n            author {\n              ...Member\n            }\n            channel {\n              id\n              name\n              kind\n            }\n          }\n        }\n        pageInfo {\n          hasPreviousPage\n          startCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {\n    markNotificationsRead(input: $input) {\n      unreadNotifications\n      countedSeq\n      privateRev\n    }\n  }\n"): (typeof documents)["\n  mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {\n    markNotificationsRead(input: $input) {\n      unreadNotifications\n      countedSeq\n      privateRev\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query UnreadNotifications($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      seq\n      unreadNotifications\n    }\n  }\n"): (typeof documents)["\n  query UnreadNotifications($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      seq\n      unreadNotifications\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription Presence($workspaceId: ID!, $memberIds: [ID!]!) {\n    presence(workspaceId: $workspaceId, memberIds: $memberIds) {\n      memberId\n      presence\n    }\n  }\n"): (typeof documents)["\n  subscription Presence($workspaceId: ID!, $memberIds: [ID!]!) {\n    presence(workspaceId: $workspaceId, memberIds: $memberIds) {\n      memberId\n      presence\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetActivity($input: SetActivityInput!) {\n    setActivity(input: $input) {\n      activity\n    }\n  }\n"): (typeof documents)["\n  mutation SetActivity($input: SetActivityInput!) {\n    setActivity(input: $input) {\n      activity\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MarkRead($input: MarkReadInput!) {\n    markRead(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation MarkRead($input: MarkReadInput!) {\n    markRead(input: $input) {\n      readState {\n        ...ReadState\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ReadState on ReadState {\n    id\n    lastReadSeq\n    epoch\n    unreadCount\n    mentionCount\n  }\n"): (typeof documents)["\n  fragment ReadState on ReadState {\n    id\n    lastReadSeq\n    epoch\n    unreadCount\n    mentionCount\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ChannelReadState on Channel {\n    readState {\n      ...ReadState\n    }\n  }\n"): (typeof documents)["\n  fragment ChannelReadState on Channel {\n    readState {\n      ...ReadState\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RefreshReadState($id: ID!) {\n    channel(id: $id) {\n      id\n      ...ChannelReadState\n    }\n  }\n"): (typeof documents)["\n  query RefreshReadState($id: ID!) {\n    channel(id: $id) {\n      id\n      ...ChannelReadState\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SavedSearch on SavedSearch {\n    id\n    name\n    query\n    createdAt\n  }\n"): (typeof documents)["\n  fragment SavedSearch on SavedSearch {\n    id\n    name\n    query\n    createdAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SavedSearches($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      savedSearches {\n        ...SavedSearch\n      }\n    }\n  }\n"): (typeof documents)["\n  query SavedSearches($workspaceId: ID!) {\n    workspace(id: $workspaceId) {\n      id\n      savedSearches {\n        ...SavedSearch\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateSavedSearch($input: CreateSavedSearchInput!) {\n    createSavedSearch(input: $input) {\n      savedSearch {\n        ...SavedSearch\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CreateSavedSearch($input: CreateSavedSearchInput!) {\n    createSavedSearch(input: $input) {\n      savedSearch {\n        ...SavedSearch\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteSavedSearch($input: DeleteSavedSearchInput!) {\n    deleteSavedSearch(input: $input) {\n      savedSearchId\n    }\n  }\n"): (typeof documents)["\n  mutation DeleteSavedSearch($input: DeleteSavedSearchInput!) {\n    deleteSavedSearch(input: $input) {\n      savedSearchId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment FoundMember on Member {\n    id\n    handle\n    memberName: name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n"): (typeof documents)["\n  fragment FoundMember on Member {\n    id\n    handle\n    memberName: name\n    role\n    active\n    joinedAt\n    avatarUrl\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SearchFound on SearchConnection {\n    edges {\n      cursor\n      node {\n        ... on Node {\n          id\n        }\n        ... on Message {\n          ...Message\n          author {\n            ...Member\n          }\n          channel {\n            ...Channel\n          }\n        }\n        ... on Channel {\n          ...Channel\n        }\n        ... on Member {\n          ...FoundMember\n        }\n      }\n      file: node {\n        ... on Node {\n          id\n        }\n        ... on File {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n      }\n      highlights {\n        start\n        length\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n"): (typeof documents)["\n  fragment SearchFound on SearchConnection {\n    edges {\n      cursor\n      node {\n        ... on Node {\n          id\n        }\n        ... on Message {\n          ...Message\n          author {\n            ...Member\n          }\n          channel {\n            ...Channel\n          }\n        }\n        ... on Channel {\n          ...Channel\n        }\n        ... on Member {\n          ...FoundMember\n        }\n      }\n      file: node {\n        ... on Node {\n          id\n        }\n        ... on File {\n          ...File\n          uploader {\n            ...Member\n          }\n        }\n      }\n      highlights {\n        start\n        length\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SearchFirstPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n    ) {\n      ...SearchFound\n      total {\n        count\n        exact\n      }\n      facets {\n        channels {\n          channel {\n            ...Channel\n          }\n          count\n        }\n        authors {\n          author {\n            ...Member\n          }\n          count\n        }\n        months {\n          month\n          count\n        }\n      }\n      unresolved\n      complete\n    }\n  }\n"): (typeof documents)["\n  query SearchFirstPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n    ) {\n      ...SearchFound\n      total {\n        count\n        exact\n      }\n      facets {\n        channels {\n          channel {\n            ...Channel\n          }\n          count\n        }\n        authors {\n          author {\n            ...Member\n          }\n          count\n        }\n        months {\n          month\n          count\n        }\n      }\n      unresolved\n      complete\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SearchNextPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n    $after: String\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n      after: $after\n    ) {\n      ...SearchFound\n    }\n  }\n"): (typeof documents)["\n  query SearchNextPage(\n    $workspaceId: ID!\n    $query: String!\n    $filter: SearchFilter\n    $sort: SearchSort!\n    $first: Int!\n    $after: String\n  ) {\n    search(\n      workspaceId: $workspaceId\n      query: $query\n      filter: $filter\n      sort: $sort\n      first: $first\n      after: $after\n    ) {\n      ...SearchFound\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Switcher($workspaceId: ID!, $text: String!, $first: Int!) {\n    switcher(workspaceId: $workspaceId, text: $text, first: $first) {\n      ... on Channel {\n        ...Channel\n      }\n      ... on Member {\n        ...FoundMember\n      }\n    }\n  }\n"): (typeof documents)["\n  query Switcher($workspaceId: ID!, $text: String!, $first: Int!) {\n    switcher(workspaceId: $workspaceId, text: $text, first: $first) {\n      ... on Channel {\n        ...Channel\n      }\n      ... on Member {\n        ...FoundMember\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SearchMatches($savedSearchId: ID!, $after: Seq) {\n    searchMatches(savedSearchId: $savedSearchId, after: $after) {\n      seq\n      message {\n        messageId\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription SearchMatches($savedSearchId: ID!, $after: Seq) {\n    searchMatches(savedSearchId: $savedSearchId, after: $after) {\n      seq\n      message {\n        messageId\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Sessions {\n    viewer {\n      sessions {\n        id\n        createdAt\n        lastSeenAt\n        userAgent\n        current\n      }\n    }\n  }\n"): (typeof documents)["\n  query Sessions {\n    viewer {\n      sessions {\n        id\n        createdAt\n        lastSeenAt\n        userAgent\n        current\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionId\n    }\n  }\n"): (typeof documents)["\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SignOut($input: SignOutInput!) {\n    signOut(input: $input) {\n      sessionId\n    }\n  }\n"): (typeof documents)["\n  mutation SignOut($input: SignOutInput!) {\n    signOut(input: $input) {\n      sessionId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Boot($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      workspace {\n        id\n        name\n        createdAt\n        memberCount\n        iconUrl\n        channelMentions\n        emoji {\n          ...Emoji\n        }\n      }\n      me {\n        ...Member\n      }\n      channels {\n        ...Channel\n        ...ChannelReadState\n      }\n      seq\n      privateRev\n      unreadNotifications\n    }\n  }\n"): (typeof documents)["\n  query Boot($workspaceId: ID!) {\n    boot(workspaceId: $workspaceId) {\n      workspace {\n        id\n        name\n        createdAt\n        memberCount\n        iconUrl\n        channelMentions\n        emoji {\n          ...Emoji\n        }\n      }\n      me {\n        ...Member\n      }\n      channels {\n        ...Channel\n        ...ChannelReadState\n      }\n      seq\n      privateRev\n      unreadNotifications\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ChannelArchived on Channel {\n    id\n    archivedAt\n  }\n"): (typeof documents)["\n  fragment ChannelArchived on Channel {\n    id\n    archivedAt\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;
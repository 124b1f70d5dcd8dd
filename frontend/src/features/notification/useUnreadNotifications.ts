/** The React hook for the unread notification count of the workspace. */
import { declareService } from '../workspace/service';
import type { UnreadNotifications } from './unreadNotifications';

export const [UnreadNotificationsContext, useUnreadNotifications] =
  declareService<UnreadNotifications>('useUnreadNotifications');

using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Users;

// A write of a request's thread.
internal sealed partial class ActiveUser
{
    private async Task FoldAndLeaveAsync()
    {
        try
        {
            await FoldAsync();
        }
        finally
        {
            Leave();
        }
    }

    // A write that began on a request's thread: it holds the turn until the store has answered.
    private sealed class LocalCommit : Commit
    {
        private readonly ActiveUser _user;
        private readonly PreparedWrite _write;
        private readonly IFeedbackReceipt _receipt;
        private readonly int _group;
        private readonly int _changed;

        public LocalCommit(ActiveUser user, PreparedWrite write, byte[] frame, int changed, IFeedbackReceipt receipt, int group)
        {
            (Record, Fence, Frame, Indexes, Member) = (user._record, user._fence, frame, write.Indexes, user._id);
            (_user, _write, _changed, _receipt, _group) = (user, write, changed, receipt, group);
        }

        protected override void OnDone(bool kept)
        {
            if (!kept)
            {
                _user.Forget(new StaleActivationException(Record.ToString()));
                _user.Leave();
                _receipt.Declined(_group);
                return;
            }

            try
            {
                _user.Apply(_write);
            }
            catch (Exception exception)
            {
                // It is in the store; what memory holds of it is not to be relied on.
                End(exception);
                return;
            }

            if (_user.IsFoldDue)
            {
                _ = Task.Run(_user.FoldAndLeaveAsync);
            }
            else
            {
                _user.Leave();
            }

            _receipt.Recorded(_group, _changed);
        }

        protected override void OnFailed(Exception exception) => End(DurableStore.Unavailable("append", exception));

        private void End(Exception exception)
        {
            _user.Forget(exception);
            _user.Leave();
            _receipt.Failed(_group, exception);
        }
    }
}

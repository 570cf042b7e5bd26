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
        private readonly LocalRequest _request;
        private readonly int _changed;

        public LocalCommit(ActiveUser user, PreparedWrite write, byte[] frame, int changed, in LocalRequest request)
        {
            (Record, Fence, Frame, Indexes, Member) = (user._record, user._fence, frame, write.Indexes, user._id);
            (_user, _write, _changed, _request) = (user, write, changed, request);
        }

        protected override void OnDone(bool kept)
        {
            if (!kept)
            {
                _user.Forget(new StaleActivationException(Record.ToString()));
                _user.Leave();
                _request.Receipt.Declined(_request.Group);
                return;
            }

            try
            {
                _user.Apply(_write);
                _user.Tell(_request, _changed);
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

            _request.Receipt.Recorded(_request.Group, _changed);
        }

        protected override void OnFailed(Exception exception) => End(DurableStore.Unavailable("append", exception));

        private void End(Exception exception)
        {
            _user.Forget(exception);
            _user.Leave();
            _request.Receipt.Failed(_request.Group, exception);
        }
    }
}

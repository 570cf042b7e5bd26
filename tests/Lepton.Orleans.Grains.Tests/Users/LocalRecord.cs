using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>One write through <see cref="LocalFeedback"/> as a task.</summary>
internal sealed class LocalRecord : IFeedbackReceipt
{
    private readonly TaskCompletionSource<int> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action? _atReceipt;

    private LocalRecord(Action? atReceipt) => _atReceipt = atReceipt;

    /// <summary>Records on this thread, or returns null where the grain is to be asked.</summary>
    /// <param name="cluster">A cluster of one silo.</param>
    /// <param name="tenant">The tenant.</param>
    /// <param name="row">What to record.</param>
    /// <param name="overwrite">Whether to replace.</param>
    /// <param name="send">Whether to send it at once.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="atReceipt">Runs when the receipt comes, before anybody else learns of it.</param>
    public static Task<int>? Try(LeptonCluster cluster, string tenant, Feedback row, bool overwrite = false, bool send = true, FeedbackOrigin? origin = null, Action? atReceipt = null)
    {
        var record = new LocalRecord(atReceipt);
        var local = cluster.Service<LocalFeedback>();
        var isBegun = local.TryRecord(tenant, new[] { row }, overwrite, origin, DateTime.UtcNow, record, 7);
        if (send)
        {
            local.Send();
        }

        return isBegun ? record._outcome.Task : null;
    }

    public void Recorded(int group, int changed)
    {
        _atReceipt?.Invoke();
        _outcome.SetResult(group == 7 ? changed : -1);
    }

    public void Declined(int group)
    {
        _outcome.SetException(new StaleActivationException("declined"));
    }

    public void Failed(int group, Exception exception)
    {
        _outcome.SetException(exception);
    }
}

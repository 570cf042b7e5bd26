namespace Lepton.Orleans.Grains.Tests.Training;

/// <summary>
/// Counts the calls of one method of any grain and holds them until it is opened: at the grain, which does nothing else meanwhile, or
/// where the silo makes them.
/// </summary>
internal sealed class CallGate(string method) : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
{
    private volatile TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    /// <summary>How many calls have come.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public void Open() => _opened.SetResult();

    /// <summary>Holds the calls that come from now on.</summary>
    public void Close() => _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Invoke(IIncomingGrainCallContext context) => HoldAsync(context);

    public Task Invoke(IOutgoingGrainCallContext context) => HoldAsync(context);

    private async Task HoldAsync(IGrainCallContext context)
    {
        if (context.MethodName == method)
        {
            Interlocked.Increment(ref _calls);
            await _opened.Task;
        }

        await context.Invoke();
    }
}

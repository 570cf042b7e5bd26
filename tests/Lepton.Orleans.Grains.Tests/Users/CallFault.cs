namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>Lets calls of one method fail: before they do anything, or after they have done everything, so that nobody hears of it.</summary>
internal sealed class CallFault(string method) : IIncomingGrainCallFilter
{
    /// <summary>Says whether the call of a grain fails at a moment; asked before it and after it.</summary>
    public Func<GrainId, Moment, Task<bool>> Fails { get; set; } = static (_, _) => Task.FromResult(false);

    public enum Moment
    {
        Never,
        Before,
        After,
    }

    /// <summary>Fails one call, the next at a moment.</summary>
    public void FailNext(Moment moment)
    {
        var left = moment == Moment.Never ? 0 : 1;
        Fails = (_, now) => Task.FromResult(now == moment && Interlocked.Exchange(ref left, 0) == 1);
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.MethodName != method)
        {
            await context.Invoke();
            return;
        }

        await FailWhenAsync(context, Moment.Before);
        await context.Invoke();
        await FailWhenAsync(context, Moment.After);
    }

    private async Task FailWhenAsync(IIncomingGrainCallContext context, Moment moment)
    {
        if (await Fails(context.TargetId, moment))
        {
            throw new StoreUnavailableException($"{method} ({moment})", new IOException("a test's fault"));
        }
    }
}

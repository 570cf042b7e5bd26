using Lepton.Orleans.Grains.Roles;
using Orleans.Placement;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Lepton.Orleans.Silo.Streams;

/// <inheritdoc cref="IFeedbackIngestGrain" />
/// <remarks>
/// Is activated where the partition is read, and again where it is read from then on; and one batch is applied after the other: that
/// keeps the order of each user.
/// </remarks>
[ImplicitStreamSubscription(FeedbackDataAdapter.Topic)]
[HostedBy(SiloRoles.Streams), PreferLocalPlacement]
internal sealed class FeedbackIngestGrain(FeedbackIngest ingest, LogErasures erasures, ILocalSiloDetails silo)
    : Grain, IFeedbackIngestGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<FeedbackMessages>, IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    /// <remarks>Who is called by another silo's agent ends when it is done: the next call makes it anew over there.</remarks>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.SourceId is { } source && SystemTargetGrainId.TryParse(source, out var agent) && !agent.GetSiloAddress().Equals(silo.SiloAddress))
        {
            DeactivateOnIdle();
        }
    }

    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<FeedbackMessages>().ResumeAsync(this);

    /// <inheritdoc/>
    public async Task OnNextAsync(IList<SequentialItem<FeedbackMessages>> items)
    {
        foreach (var item in items)
        {
            await ingest.ApplyAsync(item.Item, erasures);
        }
    }

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Roles;
using Orleans.Placement;
using Orleans.Runtime.Placement;
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
    private readonly HashSet<(uint Source, long Offset)> _letters = [];

    /// <inheritdoc/>
    /// <remarks>Who is called by another silo's agent goes there when it is done. Were it only to end, the next call, still addressed to this silo, would make it anew here.</remarks>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.SourceId is { } source && SystemTargetGrainId.TryParse(source, out var agent) && agent.GetSiloAddress() is var reader && !reader.Equals(silo.SiloAddress))
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, reader);
            MigrateOnIdle();
        }
    }

    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<FeedbackMessages>().ResumeAsync(this);

    /// <inheritdoc/>
    public async Task OnNextAsync(IList<SequentialItem<FeedbackMessages>> items)
    {
        foreach (var item in items)
        {
            await ingest.ApplyAsync(item.Item, erasures, _letters);
        }
    }

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

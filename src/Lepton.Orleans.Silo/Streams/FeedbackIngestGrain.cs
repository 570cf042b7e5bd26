using Lepton.Orleans.Grains.Roles;
using Orleans.Placement;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Lepton.Orleans.Silo.Streams;

/// <inheritdoc cref="IFeedbackIngestGrain" />
/// <remarks>Is activated where the partition is read, and one batch is applied after the other: that keeps the order of each user.</remarks>
[ImplicitStreamSubscription(FeedbackDataAdapter.Topic)]
[HostedBy(SiloRoles.Streams), PreferLocalPlacement]
internal sealed class FeedbackIngestGrain(FeedbackIngest ingest) : Grain, IFeedbackIngestGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<FeedbackMessage>
{
    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<FeedbackMessage>().ResumeAsync(this);

    /// <inheritdoc/>
    public Task OnNextAsync(IList<SequentialItem<FeedbackMessage>> items) => ingest.ApplyAsync([.. items.Select(i => i.Item)]);

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

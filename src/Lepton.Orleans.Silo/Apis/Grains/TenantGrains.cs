using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Grains.Recommendations;
using Orleans.GrainReferences;

namespace Lepton.Orleans.Silo.Apis.Grains;

/// <summary>The grains that a request speaks to: the one place where its tenant is decided.</summary>
internal sealed class TenantGrains(IGrainFactory factory, GrainReferenceActivator? activator = null, LocalLists? local = null)
{
    /// <summary>Whose users and items requests speak of.</summary>
    public const string Tenant = LeptonKey.DefaultTenant;

    private readonly GrainReferences<IUserGrain> _users = new(factory, activator);
    private readonly GrainReferences<IItemGrain> _items = new(factory, activator);
    private readonly GrainReferences<IRecommendationGrain> _lists = new(factory, activator);

    /// <summary>A user.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IUserGrain User(string userId) => _users[LeptonKey.For(Tenant, userId)];

    /// <summary>An item.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IItemGrain Item(string itemId) => _items[LeptonKey.For(Tenant, itemId)];

    /// <summary>A user's lists, with their reasons.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IRecommendationGrain Lists(string userId) => _lists[LeptonKey.For(Tenant, userId)];

    /// <summary>A user's list: made right here where the user is active on this silo, else by the user's grain.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public ValueTask<ListPayload> RecommendAsync(string userId, RecommendRequest request, bool scored) =>
        local is not null && local.TryRecommend(Tenant, userId, request, scored, out var list)
            ? new ValueTask<ListPayload>(list)
            : new ValueTask<ListPayload>(GrainCall.ReadAsync(
                (Lists: Lists(userId), Request: request, Scored: scored), static call => call.Lists.RecommendJsonAsync(call.Request, call.Scored).AsTask()));

    /// <summary>What concerns everyone.</summary>
    public ITenantGrain Everyone => factory.GetGrain<ITenantGrain>(Tenant);

    /// <summary>Asks what concerns everyone, again where the silo that was asked is leaving or gone.</summary>
    public Task<T> AskEveryoneAsync<T>(Func<ITenantGrain, Task<T>> read) => GrainCall.ReadAsync(Everyone, read);

    /// <summary>What keeps the store in order.</summary>
    public IUpkeepGrain Upkeep => factory.GetGrain<IUpkeepGrain>(Tenant);

    /// <summary>The builder of models.</summary>
    public ITrainingGrain Training => factory.GetGrain<ITrainingGrain>(Tenant);
}

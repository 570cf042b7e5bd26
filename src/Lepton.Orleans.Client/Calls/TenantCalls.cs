namespace Lepton.Orleans.Client.Calls;

/// <summary>What a client says to the grains of its tenant.</summary>
internal sealed class TenantCalls(IGrainFactory grains, string tenant, TimeSpan patience)
{
    /// <summary>For how long calls are made again.</summary>
    public CallPatience Patience { get; } = new(patience, OutlastsStore: true);

    /// <summary>What concerns everyone.</summary>
    public ITenantGrain Everyone => grains.GetGrain<ITenantGrain>(tenant);

    /// <summary>A user.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IUserGrain User(string userId) => grains.GetGrain<IUserGrain>(Key(userId, nameof(Orleans.User.UserId)));

    /// <summary>An item.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IItemGrain Item(string itemId) => grains.GetGrain<IItemGrain>(Key(itemId, nameof(Orleans.Item.ItemId)));

    /// <summary>A user's lists.</summary>
    /// <exception cref="InvalidIdException">The id breaks the rule for ids.</exception>
    public IRecommendationGrain Lists(string userId) => grains.GetGrain<IRecommendationGrain>(Key(userId, nameof(Orleans.User.UserId)));

    /// <summary>Reads.</summary>
    public Task<T> ReadAsync<TGrain, T>(TGrain grain, Func<TGrain, Task<T>> read, CancellationToken cancellationToken) =>
        GrainCall.ReadAsync(grain, read, Patience, cancellationToken);

    /// <summary>Makes a write that a second time changes nothing and has the same answer.</summary>
    public Task<T> RepeatAsync<TGrain, T>(TGrain grain, Func<TGrain, Task<T>> write, CancellationToken cancellationToken) =>
        GrainCall.WriteAsync(grain, write, isRepeatable: true, Patience, cancellationToken);

    /// <summary>Makes a write whose answer would be another one the second time: again only where nothing of it was kept.</summary>
    public Task<T> WriteOnceAsync<TGrain, T>(TGrain grain, Func<TGrain, Task<T>> write, CancellationToken cancellationToken) =>
        GrainCall.WriteAsync(grain, write, isRepeatable: false, Patience, cancellationToken);

    private string Key(string id, string field)
    {
        InvalidIdException.ThrowIfInvalid(id, field);
        return LeptonKey.For(tenant, id);
    }
}

using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Upkeep;

namespace Lepton.Orleans.Grains.Items;

/// <inheritdoc cref="IItemGrain" />
/// <remarks>Who imports a catalogue asks each item once, and an activation is more than the item.</remarks>
[HostedBy(SiloRoles.Items), KeyPlacement, CollectionAgeLimit(Minutes = 1)]
internal sealed class ItemGrain(
    ItemStore store, IndexStore indexes, Replicas replicas, CatalogNews news, WriteGate gate, ILeptonEvents events, ILogger<ItemGrain> logger) : Grain, IItemGrain, IItemUpkeepGrain
{
    private Fence? _fence;
    private ItemState? _state;

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        try
        {
            if (_fence is not null)
            {
                await store.ReleaseAsync(Key, _fence);
            }
        }
        catch (StoreUnavailableException)
        {
            // The token stays, and takes a little place until the item is asked for again.
        }
    }

    public async Task<Item?> GetAsync()
    {
        var (tenant, id) = LeptonKey.Split(Key);
        await LoadAsync();

        // An item that only feedback has named has a number and no record; a record of another number is of a life that ended.
        return await replicas.For(tenant).Catalog.FindAsync(id) is not { } entry ? null
            : _state is { } state && state.Number == entry.Number ? state.Item
            : new Item { ItemId = id };
    }

    public async Task PutAsync(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var (tenant, id) = LeptonKey.Split(Key);
        if (item.ItemId != id)
        {
            throw new InvalidIdException(nameof(Item.ItemId), item.ItemId, $"must be the grain's own id, '{id}'");
        }

        _ = Limited(item.Categories);
        using var passage = gate.Enter(tenant);
        await LoadAsync();
        int number;
        do
        {
            number = (await replicas.For(tenant).Catalog.ResolveAsync([id]))[0];
        }
        while (!await SaveAsync(tenant, new ItemState { Number = number, Item = item }));
    }

    public Task<bool> PatchAsync(ItemPatch patch) => ChangeAsync(item => item with
    {
        IsHidden = patch.IsHidden ?? item.IsHidden,
        Categories = patch.Categories is null ? item.Categories : Limited(patch.Categories),
        Timestamp = patch.Timestamp ?? item.Timestamp,
        LabelsJson = patch.LabelsJson is null ? item.LabelsJson : patch.LabelsJson == "null" ? null : patch.LabelsJson,
        Comment = patch.Comment ?? item.Comment,
    });

    public Task<bool> AddCategoryAsync(string category) => ChangeAsync(item =>
        item.Categories.Contains(category) ? item : item with { Categories = Limited([.. item.Categories, category]) });

    public Task<bool> RemoveCategoryAsync(string category) => ChangeAsync(item =>
        item with { Categories = [.. item.Categories.Where(c => c != category)] });

    public async Task<bool> DeleteAsync()
    {
        var (tenant, id) = LeptonKey.Split(Key);
        using var passage = gate.Enter(tenant);
        await LoadAsync();
        var replica = replicas.For(tenant).Catalog;
        await replica.RefreshAsync();

        // The number first: from then on the item is in no list of this silo, and soon of none, whatever happens to the rest.
        if (await replica.FindAsync(id) is { } entry)
        {
            await replica.DeleteAsync(entry.Number);
        }

        // Also what an interrupted deletion has left, of this life of the item or an earlier one.
        var isBuried = await BuryAsync(tenant, id);
        if (isBuried)
        {
            events.ItemDeleted(tenant, id);
        }

        return isBuried;
    }

    public async Task<bool> FinishDeletionsAsync()
    {
        var (tenant, id) = LeptonKey.Split(Key);
        await LoadAsync();
        await replicas.For(tenant).Catalog.RefreshAsync();
        return await BuryAsync(tenant, id);
    }

    // Removes what is left of the lives of the item that have ended.
    private async Task<bool> BuryAsync(string tenant, string id)
    {
        var replica = replicas.For(tenant).Catalog;
        var living = await replica.FindAsync(id);
        var catalog = GrainFactory.GetGrain<ICatalogGrain>(tenant);
        var numbers = await catalog.GetUnfinishedDeletionsAsync(id);

        // Before anything is removed that feedback under such a number would bring back, and before anybody is told.
        await news.TellAsync(tenant, [.. numbers.Select(replica.Entry).OfType<CatalogEntry>()]);
        var isDead = _state is { } state && state.Number != living?.Number;
        if (numbers.Length == 0 && !isDead)
        {
            return false;
        }

        if (isDead)
        {
            await Guarded(() => store.DeleteAsync(Key, _fence!));
            _state = null;
        }

        foreach (var number in numbers)
        {
            await indexes.DropAsync(StoreKeys.ItemFeedbackIndex(tenant, number));
            await GrainFactory.GetGrain<IItemShardGrain>($"{tenant}/{number % IItemShardGrain.Shards}").RemoveAsync(number);
        }

        await catalog.FinishDeletionsAsync(numbers);
        return true;
    }

    public async Task<IReadOnlyList<ScoredId>?> GetNeighborsAsync(string recommender, string? category, int count, int offset)
    {
        var (tenant, id) = LeptonKey.Split(Key);
        var replica = replicas.For(tenant);
        Source? source = recommender switch
        {
            RecommenderNames.Transitions => Source.Transitions,
            RecommenderNames.CoOccurrence => Source.CoOccurrence,
            RecommenderNames.Neighbourhood => Source.Neighbourhood,
            RecommenderNames.Embedding => Source.Embedding,
            _ => null,
        };
        if (source is null && recommender != RecommenderNames.Neighbors)
        {
            return null;
        }

        return await replica.Catalog.FindAsync(id) is { } entry ? replica.Similar(entry.Number, source, category, count, offset) : [];
    }

    // Where categories are added only: an item that has too many from before may still lose some.
    private static IReadOnlyList<string> Limited(IReadOnlyList<string> categories) => categories.Count <= ItemRules.MaxCategories
        ? categories
        : throw new InvalidItemException(nameof(Item.Categories), $"must not have more than {ItemRules.MaxCategories} entries");

    private async Task<bool> ChangeAsync(Func<Item, Item> change)
    {
        var (tenant, id) = LeptonKey.Split(Key);
        using var passage = gate.Enter(tenant);
        if (await GetAsync() is not { } item)
        {
            return false;
        }

        var number = (await replicas.For(tenant).Catalog.ResolveAsync([id]))[0];
        var changed = change(item);

        // Also what changes nothing: the catalogue may not have heard of the change when it was first made.
        return await SaveAsync(tenant, new ItemState { Number = number, Item = changed });
    }

    // False: the number's item was deleted, and this silo had not heard of it. What was saved is of a life that has ended.
    private async Task<bool> SaveAsync(string tenant, ItemState state)
    {
        await Guarded(() => store.SaveAsync(Key, _fence!, state));
        _state = state;
        var catalog = replicas.For(tenant).Catalog;
        var wasListed = catalog.Entry(state.Number) is { IsListed: true };
        var isKnown = await catalog.ApplyAsync(state.ToEntry(state.Number)!);
        if (wasListed && catalog.Entry(state.Number) is { IsListed: false } hidden)
        {
            await news.TellAsync(tenant, [hidden]);
        }

        events.ItemChanged(tenant, state.Item);
        return isKnown;
    }

    private async Task LoadAsync()
    {
        if (_fence is null)
        {
            (_fence, _state) = await store.OpenAsync(Key);
        }
    }

    private async Task Guarded(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception exception)
        {
            // What the store holds is unknown now; the next call reads it anew and with that fences off this write.
            _fence = null;
            if (exception is StaleActivationException)
            {
                logger.LostRecord(Key);
                DeactivateOnIdle();
            }

            throw;
        }
    }
}

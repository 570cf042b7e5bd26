using Lepton.Orleans.Client.Calls;

namespace Lepton.Orleans.Client;

/// <summary>The items. What calls throw: see <see cref="LeptonClient"/>.</summary>
public sealed class LeptonItems
{
    private readonly TenantCalls _calls;

    internal LeptonItems(TenantCalls calls) => _calls = calls;

    /// <summary>An item, or <see langword="null"/> where there is none.</summary>
    public Task<Item?> GetAsync(string itemId, CancellationToken cancellationToken = default) =>
        _calls.ReadAsync(_calls.Item(itemId), static item => item.GetAsync(), cancellationToken);

    /// <summary>Creates an item or overwrites it.</summary>
    /// <exception cref="InvalidItemException">The item breaks a rule.</exception>
    public Task PutAsync(Item item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _calls.RepeatAsync(_calls.Item(item.ItemId), async grain =>
        {
            await grain.PutAsync(item);
            return true;
        }, cancellationToken);
    }

    /// <summary>Changes an item; hiding one takes it out of every list.</summary>
    /// <returns>False: there is no such item.</returns>
    /// <exception cref="InvalidItemException">The item would break a rule.</exception>
    public Task<bool> PatchAsync(string itemId, ItemPatch patch, CancellationToken cancellationToken = default) =>
        _calls.RepeatAsync(_calls.Item(itemId), item => item.PatchAsync(patch), cancellationToken);

    /// <summary>
    /// Removes an item, its feedback and its place in every list. Not made again by itself once a silo had it, because it would
    /// not be there any more.
    /// </summary>
    /// <returns>False: there was no such item.</returns>
    public Task<bool> DeleteAsync(string itemId, CancellationToken cancellationToken = default) =>
        _calls.WriteOnceAsync(_calls.Item(itemId), static item => item.DeleteAsync(), cancellationToken);

    /// <summary>Puts an item into a category.</summary>
    /// <returns>False: there is no such item.</returns>
    /// <exception cref="InvalidItemException">The item would have more than <see cref="ItemRules.MaxCategories"/>.</exception>
    public Task<bool> AddCategoryAsync(string itemId, string category, CancellationToken cancellationToken = default) =>
        _calls.RepeatAsync(_calls.Item(itemId), item => item.AddCategoryAsync(category), cancellationToken);

    /// <summary>Takes an item out of a category.</summary>
    /// <returns>False: there is no such item.</returns>
    public Task<bool> RemoveCategoryAsync(string itemId, string category, CancellationToken cancellationToken = default) =>
        _calls.RepeatAsync(_calls.Item(itemId), item => item.RemoveCategoryAsync(category), cancellationToken);

    /// <summary>All items, in an order that stays; each once while writes go on.</summary>
    public IAsyncEnumerable<Item> ListAsync(CancellationToken cancellationToken = default) =>
        Pages.AllAsync(cursor => _calls.ReadAsync(_calls.Everyone, everyone => everyone.ListItemsAsync(Pages.Size, cursor), cancellationToken), cancellationToken);
}

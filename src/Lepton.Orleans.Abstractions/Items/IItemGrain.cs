namespace Lepton.Orleans;

/// <summary>One item: its record, and the items like it. Key: <see cref="LeptonKey.For"/>.</summary>
/// <remarks>
/// Every member may throw <see cref="StoreUnavailableException"/>; writes also <see cref="StaleActivationException"/>, and
/// <see cref="InvalidItemException"/> where the item would have more than <see cref="ItemRules.MaxCategories"/>.
/// </remarks>
[Alias("lepton.IItemGrain")]
public interface IItemGrain : IGrainWithStringKey
{
    /// <summary>The item, or <see langword="null"/> where there is none.</summary>
    [Alias("Get")] Task<Item?> GetAsync();

    /// <summary>Creates the item or overwrites it.</summary>
    [Alias("Put")] Task PutAsync(Item item);

    /// <summary>Changes the item. False: there is no such item.</summary>
    [Alias("Patch")] Task<bool> PatchAsync(ItemPatch patch);

    /// <summary>Removes the item, its feedback and its place in every list. False: there was no such item.</summary>
    [Alias("Delete")] Task<bool> DeleteAsync();

    /// <summary>Adds a category. False: there is no such item.</summary>
    [Alias("AddCategory")] Task<bool> AddCategoryAsync(string category);

    /// <summary>Removes a category. False: there is no such item.</summary>
    [Alias("RemoveCategory")] Task<bool> RemoveCategoryAsync(string category);

    /// <summary>Items like this one, best first, hidden ones left out.</summary>
    /// <param name="recommender">A named source, see <see cref="RecommenderNames"/>; <c>neighbors</c> blends them.</param>
    /// <param name="category">Only items of this category; <see langword="null"/> for all.</param>
    /// <param name="count">How many at the most.</param>
    /// <param name="offset">How many of the best to skip.</param>
    /// <returns><see langword="null"/> where there is no such recommender.</returns>
    [Alias("GetNeighbors")] Task<IReadOnlyList<ScoredId>?> GetNeighborsAsync(string recommender, string? category, int count, int offset);
}

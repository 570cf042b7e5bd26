namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>An item whose writes do what a test says.</summary>
internal sealed class ScriptedItem : IItemGrain
{
    /// <summary>Called when it is written.</summary>
    public Action? Put { get; init; }

    /// <summary>Called when it is put into a category or taken out of one.</summary>
    public Action? Categorize { get; init; }

    public Task<Item?> GetAsync() => throw new NotSupportedException("Not scripted.");

    public Task PutAsync(Item item) => Done(Put);

    public Task<bool> PatchAsync(ItemPatch patch) => throw new NotSupportedException("Not scripted.");

    public Task<bool> DeleteAsync() => throw new NotSupportedException("Not scripted.");

    public Task<bool> AddCategoryAsync(string category) => Done(Categorize);

    public Task<bool> RemoveCategoryAsync(string category) => Done(Categorize);

    public Task<IReadOnlyList<ScoredId>?> GetNeighborsAsync(string recommender, string? category, int count, int offset) => throw new NotSupportedException("Not scripted.");

    private static Task<bool> Done(Action? action)
    {
        (action ?? throw new NotSupportedException("Not scripted."))();
        return Task.FromResult(true);
    }
}

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A page of items.</summary>
/// <param name="Cursor">Where the next page starts; empty after the last one.</param>
/// <param name="Items">The items of this page, by id.</param>
internal sealed record ItemPageDocument(string Cursor, IReadOnlyList<ItemDocument> Items);

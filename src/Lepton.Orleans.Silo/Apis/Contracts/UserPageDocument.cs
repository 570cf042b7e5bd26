namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A page of users.</summary>
/// <param name="Cursor">Where the next page starts; empty after the last one.</param>
/// <param name="Users">The users of this page, by id.</param>
internal sealed record UserPageDocument(string Cursor, IReadOnlyList<UserDocument> Users);

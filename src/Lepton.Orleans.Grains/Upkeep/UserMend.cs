namespace Lepton.Orleans.Grains.Upkeep;

/// <summary>What a user's grain has mended.</summary>
/// <param name="User">In the index of users.</param>
/// <param name="Items">In the indexes of feedback by item.</param>
[GenerateSerializer, Immutable, Alias("lepton.UserMend")]
internal readonly record struct UserMend([property: Id(0)] IndexMend User, [property: Id(1)] IndexMend Items);

namespace Lepton.Orleans.Client.Calls;

/// <summary>For how long a call is made again, and over what.</summary>
/// <param name="Limit">After this no further try begins, and one that is not the first is given up.</param>
/// <param name="OutlastsStore">Whether the store's absence is waited out, too; otherwise the caller hears of it at once.</param>
internal sealed record CallPatience(TimeSpan Limit, bool OutlastsStore);

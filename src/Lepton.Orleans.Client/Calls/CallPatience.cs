namespace Lepton.Orleans.Client.Calls;

/// <summary>For how long a call is made again, and over what.</summary>
/// <param name="Limit">After this no further try begins.</param>
/// <param name="OutlastsStore">Whether the store's absence, or a pause of writes, is waited out, too; otherwise the caller hears of it at once.</param>
/// <param name="EndsTries">Whether a try that has begun is given up then, too: whoever waits for the answer would not wait longer.</param>
internal sealed record CallPatience(TimeSpan Limit, bool OutlastsStore, bool EndsTries = false);

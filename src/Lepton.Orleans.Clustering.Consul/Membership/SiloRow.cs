using System.Text.Json;

namespace Lepton.Orleans.Clustering.Consul.Membership;

/// <summary>A silo's row, with the fields and in the form of the official Orleans provider, so that a cluster can move between the two.</summary>
internal sealed record SiloRow(string? Hostname, int ProxyPort, DateTime StartTime, SiloStatus Status, string? SiloName, IReadOnlyList<Suspicion>? SuspectingSilos)
{
    /// <summary>The row of an entry, as it is written.</summary>
    public static byte[] Write(MembershipEntry entry) => JsonSerializer.SerializeToUtf8Bytes(
        new SiloRow(entry.HostName, entry.ProxyPort, entry.StartTime, entry.Status, entry.SiloName, entry.SuspectTimes?.Select(vote => new Suspicion(vote.Item1.ToParsableString(), vote.Item2)).ToArray()),
        RowJson.Default.SiloRow);

    /// <summary>The entry of a row.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="value">What is there.</param>
    /// <param name="silo">Whose it is.</param>
    /// <param name="aliveTime">When the silo said that it is alive; null: it has not yet.</param>
    /// <exception cref="ConsulException">It is no row.</exception>
    public static MembershipEntry Read(string key, byte[]? value, SiloAddress silo, DateTime? aliveTime)
    {
        try
        {
            var row = JsonSerializer.Deserialize(value, RowJson.Default.SiloRow) ?? throw new JsonException("The row is null.");
            if (!Enum.IsDefined(row.Status))
            {
                throw new JsonException($"The status {(int)row.Status} is none.");
            }

            var started = AsUtc(row.StartTime);
            return new MembershipEntry
            {
                SiloAddress = silo,
                HostName = row.Hostname ?? "",
                SiloName = row.SiloName ?? "",
                RoleName = "",
                ProxyPort = row.ProxyPort,
                StartTime = started,
                IAmAliveTime = aliveTime ?? started,
                Status = row.Status,
                SuspectTimes = row.SuspectingSilos?.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.Id), AsUtc(vote.Time))).ToList(),
            };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw Malformed(key, exception);
        }
    }

    /// <summary>A time of being alive, as it is written.</summary>
    public static byte[] WriteAlive(DateTime time) => JsonSerializer.SerializeToUtf8Bytes(time, RowJson.Default.DateTime);

    /// <summary>A time of being alive, as it was written.</summary>
    /// <exception cref="ConsulException">It is none.</exception>
    public static DateTime ReadAlive(string key, byte[]? value)
    {
        try
        {
            return AsUtc(JsonSerializer.Deserialize(value, RowJson.Default.DateTime));
        }
        catch (JsonException exception)
        {
            throw Malformed(key, exception);
        }
    }

    private static ConsulException Malformed(string key, Exception exception) =>
        new($"What Consul has at the key '{key}' is not what a silo writes there: {exception.Message}", innerException: exception);

    private static DateTime AsUtc(DateTime time) => time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime();
}

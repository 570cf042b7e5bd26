using System.Net;

namespace Lepton.Orleans.Clustering.Consul.Tests;

/// <summary>Rows of silos.</summary>
internal static class Entries
{
    public static readonly DateTime Started = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    public static SiloAddress Silo(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Parse("10.0.0.7"), 11111 + number), 1000 + number);

    public static MembershipEntry Of(int number, SiloStatus status = SiloStatus.Active) => new()
    {
        SiloAddress = Silo(number),
        HostName = "host",
        SiloName = $"silo-{number}",
        ProxyPort = 30000 + number,
        StartTime = Started,
        IAmAliveTime = Started,
        Status = status,
    };
}

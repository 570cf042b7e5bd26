using Lepton.Orleans.Silo.Hosting;
using Microsoft.Extensions.Configuration;

namespace Lepton.Orleans.Silo.Tests.Documentation;

public sealed class KnownSettingsTests
{
    [Theory]
    [InlineData("Lepton:Ranking:Diversty", "0.5", "Lepton:Ranking:Diversty is no setting and changes nothing; did you mean Lepton:Ranking:Diversity?")]
    [InlineData("Lepton:Training:Paralelism", "2", "Lepton:Training:Paralelism is no setting and changes nothing; did you mean Lepton:Training:Parallelism?")]
    [InlineData("Lepton:MaxAge", "00:01:00", "Lepton:MaxAge is no setting and changes nothing; did you mean Lepton:Ranking:MaxAge?")]
    [InlineData("Lepton:DataDir", "/data", "Lepton:DataDir is no setting and changes nothing")]
    [InlineData("Lepton:ApiKeys:0:Rol", "read", "Lepton:ApiKeys:0:Rol is no setting and changes nothing")]
    [InlineData("Lepton:Kafka:BootstrapServers", "kafka:9092", "Lepton:Kafka:BootstrapServers is no setting and changes nothing")]
    [InlineData("Lepton:Redis:Host", "redis", "Lepton:Redis:Host is no setting and changes nothing")]
    public void A_name_that_is_no_setting_is_told_with_the_nearest_one(string key, string value, string sentence) =>
        Assert.Equal([sentence], KnownSettings.Check(Configuration(new() { [key] = value })));

    [Fact]
    public void Every_setting_of_every_kind_is_known() => Assert.Empty(KnownSettings.Check(Configuration(new()
    {
        ["Lepton:Redis"] = "localhost:6379",
        ["lepton:ranking:maxage"] = "00:00:30",
        ["Lepton:Sample"] = "false",
        ["Lepton:Consul"] = "http://127.0.0.1:8500",
        ["Lepton:Consul:Token"] = "secret",
        ["Lepton:Kafka"] = "kafka:9092",
        ["Lepton:Kafka:Partitions"] = "4",
        ["Lepton:Kafka:ClientSettings:socket.timeout.ms"] = "1000",
        ["Lepton:Feedback:ReadTypes:0"] = "view",
        ["Lepton:ApiKeys:0"] = "secret",
        ["Lepton:ApiKeys:1:Key"] = "other",
        ["Lepton:ApiKeys:1:Role"] = "read",
        ["Logging:LogLevel:Nobody"] = "Debug",
    })));

    private static IConfiguration Configuration(Dictionary<string, string?> settings) => new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
}

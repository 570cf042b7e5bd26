using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Clustering;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Tests.Clustering;

public sealed class RoleOptionsTests
{
    private const string Consul = "Lepton:Consul=http://127.0.0.1:8500";
    private const string Kafka = "Lepton:Kafka=127.0.0.1:9092";

    [Theory]
    [InlineData(SiloRoles.All, Kafka)]
    [InlineData(SiloRoles.All & ~SiloRoles.Streams)]
    [InlineData(SiloRoles.Api, "Lepton:Roles=api", Consul)]
    [InlineData(SiloRoles.Users | SiloRoles.Recommendations, "Lepton:Roles=users, Recommendations", Consul)]
    [InlineData(SiloRoles.Streams, "Lepton:Roles=streams", Consul, Kafka)]
    [InlineData(SiloRoles.Training, "Lepton:Roles=training,streams", Consul)]
    [InlineData(SiloRoles.Api | SiloRoles.Users | SiloRoles.Items | SiloRoles.Recommendations, "Lepton:Roles=api,users,items,recommendations", Kafka)]
    public void A_silo_has_the_roles_that_it_is_given_and_all_of_them_otherwise(SiloRoles roles, params string[] settings) =>
        Assert.Equal(roles, RoleOptions.Read(Configuration(settings)));

    [Theory]
    [InlineData("Lepton:Roles is 'users,cook': 'cook' is no role; name some of api, users, items, recommendations, training, streams", "Lepton:Roles=users,cook", Consul)]
    [InlineData("Lepton:Roles is '': it names no role; name some of api,", "Lepton:Roles=", Consul)]
    [InlineData("Lepton:Roles is 'api,items': a silo on its own has to be users, recommendations as well; name these too, leave it out for all, or set Lepton:Consul", "Lepton:Roles=api,items")]
    [InlineData("Lepton:Roles is 'streams': there is no Kafka to read; set Lepton:Kafka", "Lepton:Roles=streams", Consul)]
    public void Roles_that_cannot_be_are_refused_by_key_value_and_way_out(string message, params string[] settings) =>
        Assert.Contains(message, Assert.Throws<OptionsValidationException>(() => RoleOptions.Read(Configuration(settings))).Message, StringComparison.Ordinal);

    private static IConfigurationRoot Configuration(string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(setting => KeyValuePair.Create<string, string?>(setting[0], setting[1])))
        .Build();
}

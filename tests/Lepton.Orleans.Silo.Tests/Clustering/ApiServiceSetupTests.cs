using System.Net;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Clustering;
using Lepton.Orleans.Silo.Tests.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Silo.Tests.Clustering;

public sealed class ApiServiceSetupTests
{
    [Theory]
    [InlineData("10.0.0.7", "http://10.0.0.7:8088/api/health/ready", "http://0.0.0.0:8088")]
    [InlineData("10.0.0.7", "http://10.0.0.7:8088/api/health/ready", "http://[::]:8088")]
    [InlineData("10.0.0.7", "http://10.0.0.7:8088/api/health/ready", "http://127.0.0.1:9000", "http://0.0.0.0:8088")]
    [InlineData("10.0.0.8", "http://10.0.0.8:8088/api/health/ready", "http://localhost:9000", "http://10.0.0.8:8088")]
    public void An_API_is_told_to_Consul_at_an_address_that_others_reach(string address, string check, params string[] urls)
    {
        var (service, lines) = Configured("10.0.0.7", urls);

        Assert.Equal(("lepton", "lepton-10.0.0.7-8088", address, 8088), (service.Name, service.Id, service.Address, service.Port));
        Assert.Equal(new Uri(check), service.CheckUrl);
        Assert.Empty(lines);
    }

    [Fact]
    public void An_API_that_nobody_else_reaches_has_an_id_of_its_own_and_is_told_in_the_log()
    {
        var (service, lines) = Configured("10.0.0.7", "http://127.0.0.1:8088");

        Assert.Equal(("lepton-10.0.0.7-8088", "127.0.0.1"), (service.Id, service.Address));
        Assert.Contains("only this machine reaches it, and other silos know this one at 10.0.0.7", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Empty(Configured("127.0.0.1", "http://127.0.0.1:8088").Lines);
    }

    private static (ConsulServiceOptions Service, IReadOnlyList<string> Lines) Configured(string silo, params string[] urls)
    {
        using var lines = new LogLines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(lines));
        using var server = new Server(urls);
        var service = new ConsulServiceOptions();
        new ApiServiceSetup(
            server, new Silo(IPAddress.Parse(silo)), new HostedRoles(SiloRoles.All), Options.Create(new ClusterOptions { ClusterId = "lepton" }), logging.CreateLogger<ApiServiceSetup>())
            .Configure(service);
        return (service, [.. lines.All.Select(line => line.Text)]);
    }

    private sealed class Silo(IPAddress address) : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "lepton";

        public string DnsHostName => "silo";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(address, 11111, 1);

        public SiloAddress GatewayAddress => SiloAddress;
    }

    private sealed class Server : IServer
    {
        public Server(IEnumerable<string> urls)
        {
            var addresses = new ServerAddressesFeature();
            foreach (var url in urls)
            {
                addresses.Addresses.Add(url);
            }

            Features.Set<IServerAddressesFeature>(addresses);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            // It does not listen.
        }
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Lepton.Orleans.Clustering.Consul.Tests.Hosting;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("ftp://consul:8500", "Address is 'ftp://consul:8500/'")]
    [InlineData("http://consul:8500/v1", "Address is 'http://consul:8500/v1'")]
    [InlineData("consul", "Address is 'consul'")]
    public void An_address_that_is_none_is_named(string address, string message) => AssertRefused(options => options.Address = new Uri(address, UriKind.RelativeOrAbsolute), message);

    [Fact]
    public void Other_options_that_cannot_be_used_are_named()
    {
        AssertRefused(options => options.Address = null, "Address is ''");
        AssertRefused(options => options.KvRootFolder = "/a", "KvRootFolder is '/a'");
        AssertRefused(options => options.KvRootFolder = "a/../b", "KvRootFolder is 'a/../b'");
        AssertRefused(options => options.Token = "two words", "Token has a space");
        AssertRefused(options => options.CertificateAuthorityFile = "/nowhere.pem", "CertificateAuthorityFile is '/nowhere.pem'");
        AssertRefused(options => options.ClientKeyFile = "/nowhere.key", "ClientCertificateFile is not");
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData(7, 7)]
    public void A_silo_waits_for_an_hour_unless_it_is_told_otherwise(int? minutes, int expected)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo =>
        {
            if (minutes is { } own)
            {
                silo.Configure<ClusterMembershipOptions>(options => options.MaxJoinAttemptTime = TimeSpan.FromMinutes(own));
            }

            silo.UseConsulSiloClustering(options => options.Address = new Uri("http://consul:8500"));
        });
        using var host = builder.Build();
        Assert.Equal(TimeSpan.FromMinutes(expected), host.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value.MaxJoinAttemptTime);
    }

    [Fact]
    public void Options_of_a_service_that_cannot_be_used_are_named_and_a_host_has_one_service()
    {
        var services = new ServiceCollection();
        services.AddConsulService();
        services.AddConsulService().Configure(options => options.DeregisterCriticalServiceAfter = TimeSpan.FromSeconds(5));
        Assert.Single(services, service => service.ServiceType == typeof(IHostedService));

        using var provider = services.BuildServiceProvider();
        var exception = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<ConsulServiceOptions>>().Value);
        string[] failures = ["Name is empty", "Id is empty", "Address is empty", "Port is 0", "CheckUrl is ''", "DeregisterCriticalServiceAfter is 00:00:05"];
        Assert.Equal(failures.Length, exception.Failures.Count());
        Assert.All(failures, failure => Assert.Contains($"ConsulServiceOptions: {failure}", exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_certificates_without_one_is_named()
    {
        using var folder = new CertificateFolder();
        var empty = folder.Write("empty.pem", "");
        AssertRefused(options => options.CertificateAuthorityFile = empty, $"CertificateAuthorityFile is '{empty}', which cannot be used: There is no certificate in");
        AssertRefused(options => options.ClientCertificateFile = empty, $"ClientCertificateFile is '{empty}', which cannot be used: ");
    }

    [Fact]
    public void Certificates_that_are_renewed_are_used_and_while_they_cannot_be_read_those_before()
    {
        using var folder = new CertificateFolder();
        using var services = ConsulServices.Create("c", options => (options.CertificateAuthorityFile, options.ClientCertificateFile, options.ClientKeyFile) =
            (folder.Authority, folder.Certificate, folder.Key));
        var handlers = services.GetRequiredService<ConsulHttpHandler>();
        var first = Shown(handlers);

        folder.Write(Path.GetFileName(folder.Certificate), "-----BEGIN CERTIFICATE-----\nhalf of");
        Assert.Equal(first, Shown(handlers));
        File.Delete(folder.Authority);
        Assert.Equal(first, Shown(handlers));

        folder.Renew();
        Assert.NotEqual(first, Shown(handlers));
    }

    [Fact]
    public async Task What_keeps_Consul_from_being_asked_at_all_is_told_as_an_error_of_Consul()
    {
        using var folder = new CertificateFolder();
        await using var services = ConsulServices.Create("c", options => options.CertificateAuthorityFile = folder.Authority);
        var table = services.Table();
        File.Delete(folder.Authority);

        var exception = await Assert.ThrowsAsync<ConsulException>(() => table.ReadAllAsync(TestContext.Current.CancellationToken));

        Assert.Contains("cannot be asked: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Authority, exception.Message, StringComparison.Ordinal);
    }

    private static string Shown(ConsulHttpHandler handlers)
    {
        using var handler = handlers.Create();
        return handler.SslOptions.ClientCertificateContext!.TargetCertificate.Thumbprint;
    }

    private static void AssertRefused(Action<ConsulClusteringOptions> configure, string message)
    {
        using var services = ConsulServices.Create("c", configure);
        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ConsulClusteringOptions>>().Value);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}

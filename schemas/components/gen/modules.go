package main

import "strings"

const (
	core    = "go.opentelemetry.io/collector"
	contrib = "github.com/open-telemetry/opentelemetry-collector-contrib"
)

// component is one component module: `c/receiver/otlpreceiver`, where c is the core repository and x is contrib.
type component struct {
	id string
}

func (c component) module() string {
	if rest, found := strings.CutPrefix(c.id, "c/"); found {
		return core + "/" + rest
	}
	return contrib + "/" + strings.TrimPrefix(c.id, "x/")
}

// name is the folder of the module, by which files and flags name it.
func (c component) name() string { return c.id[strings.LastIndex(c.id, "/")+1:] }

// class is the section of a config in which the component stands.
func (c component) class() string { return strings.Split(c.id, "/")[1] + "s" }

// inBuild says whether the component is compiled for reflection; the others bring whole client libraries of clouds and are only read.
func (c component) inBuild() bool { return !heavy[c.name()] }

var heavy = map[string]bool{
	"datadogexporter": true, "googlecloudexporter": true, "googlemanagedprometheusexporter": true, "prometheusreceiver": true,
	"resourcedetectionprocessor": true, "loadbalancingexporter": true, "kafkareceiver": true, "kafkaexporter": true,
	"otelarrowreceiver": true, "jaegerreceiver": true, "splunkhecreceiver": true, "clickhouseexporter": true,
	"opampextension": true, "oidcauthextension": true, "lokiexporter": true, "dockerstatsreceiver": true,
	"sigv4authextension": true, "statsdreceiver": true, "collectdreceiver": true, "awsecscontainermetricsreceiver": true,
	"healthcheckv2extension": true, "signaltometricsconnector": true, "fluentforwardreceiver": true,
}

// The often used components of the distributions.
var components = parse(`
c/receiver/otlpreceiver c/receiver/nopreceiver
x/receiver/awsecscontainermetricsreceiver x/receiver/collectdreceiver x/receiver/dockerstatsreceiver x/receiver/filelogreceiver
x/receiver/fluentforwardreceiver x/receiver/hostmetricsreceiver x/receiver/jaegerreceiver x/receiver/journaldreceiver
x/receiver/k8sclusterreceiver x/receiver/k8seventsreceiver x/receiver/k8sobjectsreceiver x/receiver/kafkareceiver
x/receiver/kubeletstatsreceiver x/receiver/otelarrowreceiver x/receiver/prometheusreceiver x/receiver/statsdreceiver
x/receiver/syslogreceiver x/receiver/tcplogreceiver x/receiver/udplogreceiver x/receiver/zipkinreceiver
c/processor/batchprocessor c/processor/memorylimiterprocessor
x/processor/attributesprocessor x/processor/cumulativetodeltaprocessor x/processor/deltatocumulativeprocessor
x/processor/deltatorateprocessor x/processor/filterprocessor x/processor/groupbyattrsprocessor x/processor/groupbytraceprocessor
x/processor/intervalprocessor x/processor/k8sattributesprocessor x/processor/logdedupprocessor x/processor/metricsgenerationprocessor
x/processor/metricstransformprocessor x/processor/probabilisticsamplerprocessor x/processor/redactionprocessor
x/processor/resourceprocessor x/processor/resourcedetectionprocessor x/processor/spanprocessor x/processor/tailsamplingprocessor
x/processor/transformprocessor
c/exporter/debugexporter c/exporter/nopexporter c/exporter/otlpexporter c/exporter/otlphttpexporter
x/exporter/clickhouseexporter x/exporter/datadogexporter x/exporter/fileexporter x/exporter/googlecloudexporter
x/exporter/googlemanagedprometheusexporter x/exporter/kafkaexporter x/exporter/loadbalancingexporter x/exporter/prometheusexporter
x/exporter/prometheusremotewriteexporter x/exporter/syslogexporter x/exporter/zipkinexporter
c/extension/zpagesextension
x/extension/basicauthextension x/extension/bearertokenauthextension x/extension/headerssetterextension
x/extension/healthcheckextension x/extension/healthcheckv2extension x/extension/k8sleaderelector x/extension/oidcauthextension
x/extension/opampextension x/extension/pprofextension x/extension/sigv4authextension x/extension/storage/filestorage
c/connector/forwardconnector
x/connector/countconnector x/connector/routingconnector x/connector/signaltometricsconnector x/connector/spanmetricsconnector
`)

// The other components of those distributions and the scraping receivers: read at fewer versions, and never compiled.
var others = parse(`
x/receiver/activedirectorydsreceiver x/receiver/aerospikereceiver x/receiver/apachereceiver x/receiver/apachesparkreceiver
x/receiver/awscloudwatchreceiver x/receiver/awscontainerinsightreceiver x/receiver/awsfirehosereceiver
x/receiver/awss3receiver x/receiver/azureeventhubreceiver x/receiver/cloudflarereceiver x/receiver/couchdbreceiver
x/receiver/elasticsearchreceiver x/receiver/filestatsreceiver x/receiver/flinkmetricsreceiver x/receiver/githubreceiver
x/receiver/googlecloudpubsubreceiver x/receiver/httpcheckreceiver x/receiver/iisreceiver x/receiver/influxdbreceiver
x/receiver/kafkametricsreceiver x/receiver/memcachedreceiver x/receiver/mongodbreceiver x/receiver/mongodbatlasreceiver
x/receiver/mysqlreceiver x/receiver/netflowreceiver x/receiver/nginxreceiver x/receiver/otlpjsonfilereceiver
x/receiver/podmanreceiver x/receiver/postgresqlreceiver x/receiver/simpleprometheusreceiver x/receiver/rabbitmqreceiver
x/receiver/receivercreator x/receiver/redisreceiver x/receiver/riakreceiver x/receiver/saphanareceiver
x/receiver/snmpreceiver x/receiver/splunkhecreceiver x/receiver/sqlqueryreceiver x/receiver/sqlserverreceiver
x/receiver/vcenterreceiver x/receiver/webhookeventreceiver x/receiver/windowseventlogreceiver
x/receiver/windowsperfcountersreceiver x/receiver/zookeeperreceiver x/processor/geoipprocessor x/processor/remotetapprocessor
x/processor/routingprocessor x/exporter/awss3exporter x/exporter/awsxrayexporter x/exporter/azuremonitorexporter
x/exporter/coralogixexporter x/exporter/elasticsearchexporter x/exporter/lokiexporter x/exporter/otelarrowexporter
x/exporter/splunkhecexporter x/extension/ackextension x/extension/cgroupruntimeextension x/extension/httpforwarderextension
x/extension/oauth2clientauthextension x/extension/observer/hostobserver x/extension/observer/k8sobserver
x/connector/exceptionsconnector x/connector/failoverconnector x/connector/otlpjsonconnector x/connector/roundrobinconnector
x/connector/servicegraphconnector x/receiver/bigipreceiver x/receiver/carbonreceiver x/receiver/cloudfoundryreceiver
x/receiver/haproxyreceiver x/receiver/libhoneyreceiver x/receiver/namedpipereceiver x/receiver/ntpreceiver
x/receiver/oracledbreceiver x/receiver/purefareceiver x/receiver/signalfxreceiver x/receiver/snowflakereceiver
x/receiver/solacereceiver x/receiver/splunkenterprisereceiver x/receiver/sshcheckreceiver x/receiver/tcpcheckreceiver
x/receiver/tlscheckreceiver x/receiver/wavefrontreceiver x/receiver/envoyalsreceiver x/receiver/systemdreceiver
x/receiver/chronyreceiver x/receiver/googlecloudspannerreceiver x/receiver/googlecloudmonitoringreceiver
x/receiver/azuremonitorreceiver x/receiver/azureblobreceiver x/receiver/expvarreceiver
`)

func parse(text string) []component {
	var found []component
	for _, id := range strings.Fields(text) {
		found = append(found, component{id})
	}
	return found
}

// shorten writes an import path as the data names it: c/… and x/… for the two repositories.
func shorten(path string) string {
	if rest, found := strings.CutPrefix(path, contrib+"/"); found {
		return "x/" + rest
	}
	if rest, found := strings.CutPrefix(path, core+"/"); found {
		return "c/" + rest
	}
	return path
}

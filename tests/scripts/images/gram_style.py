# Style statistics (Gram matrices) of a small network's features; the image is what is optimized.
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(99)
style_image = tf.constant(np.sin(np.indices((24, 24)).sum(0) / 1.5)[None, :, :, None] * np.ones((1, 1, 1, 3)) * [[[[1, .5, .2]]]], tf.float32)
content_image = tf.image.resize(tf.random.stateless_uniform((1, 6, 6, 3), seed=[1, 2]), (24, 24), method='bicubic')


def small_vgg():
    model = tf.keras.Sequential(name='small_vgg')
    model.add(tf.keras.Input((None, None, 3)))
    for block, filters in enumerate([8, 16], 1):
        for conv in (1, 2):
            model.add(tf.keras.layers.Conv2D(filters, 3, padding='same', activation='relu', name=f'block{block}_conv{conv}',
                                             kernel_initializer='he_uniform'))
        model.add(tf.keras.layers.AveragePooling2D(2, name=f'block{block}_pool'))
    return model


content_layers, style_layers = ['block2_conv2'], ['block1_conv1', 'block2_conv1']


def vgg_layers(layer_names):
    vgg = small_vgg()
    vgg.trainable = False
    outputs = [vgg.get_layer(name).output for name in layer_names]
    return tf.keras.Model(vgg.inputs, outputs)


def gram_matrix(input_tensor):
    result = tf.linalg.einsum('bijc,bijd->bcd', input_tensor, input_tensor)
    input_shape = tf.shape(input_tensor)
    num_locations = tf.cast(input_shape[1] * input_shape[2], tf.float32)
    return result / num_locations


class StyleContentModel(tf.keras.models.Model):
    def __init__(self, style_layers, content_layers):
        super(StyleContentModel, self).__init__()
        self.vgg = vgg_layers(style_layers + content_layers)
        self.style_layers = style_layers
        self.content_layers = content_layers
        self.num_style_layers = len(style_layers)
        self.vgg.trainable = False

    def call(self, inputs):
        outputs = self.vgg(inputs * 2.0 - 1.0)
        style_outputs, content_outputs = outputs[:self.num_style_layers], outputs[self.num_style_layers:]
        style_outputs = [gram_matrix(style_output) for style_output in style_outputs]
        return {'content': dict(zip(self.content_layers, content_outputs)), 'style': dict(zip(self.style_layers, style_outputs))}


extractor = StyleContentModel(style_layers, content_layers)
style_targets = extractor(style_image)['style']
content_targets = extractor(content_image)['content']
image = tf.Variable(content_image)
opt = tf.keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)


def style_content_loss(outputs):
    style_outputs, content_outputs = outputs['style'], outputs['content']
    style_loss = tf.add_n([tf.reduce_mean((style_outputs[name] - style_targets[name]) ** 2) for name in style_outputs.keys()])
    style_loss *= 1.0 / len(style_layers)
    content_loss = tf.add_n([tf.reduce_mean((content_outputs[name] - content_targets[name]) ** 2) for name in content_outputs.keys()])
    return style_loss + 0.1 * content_loss


@tf.function()
def train_step(image):
    with tf.GradientTape() as tape:
        outputs = extractor(image)
        loss = style_content_loss(outputs)
        loss += 1e-3 * tf.reduce_sum(tf.image.total_variation(image))
    grad = tape.gradient(loss, image)
    opt.apply_gradients([(grad, image)])
    image.assign(tf.clip_by_value(image, clip_value_min=0.0, clip_value_max=1.0))
    return loss


print(len(extractor.trainable_variables), {k: v.shape for k, v in style_targets.items()})
for step in range(12):
    loss = train_step(image)
    if step % 3 == 0:
        print("Train step: {} loss {:.5f}".format(step, loss))
print('range %.4f %.4f' % (tf.reduce_min(image), tf.reduce_max(image)))
dy, dx = tf.image.image_gradients(image)
sobel = tf.image.sobel_edges(image)
print(dy.shape, sobel.shape, tf.reduce_mean(tf.abs(dx)).numpy().round(4), tf.reduce_mean(tf.abs(sobel)).numpy().round(4))

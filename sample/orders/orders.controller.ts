import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { Idempotent } from 'nestjs-idempotency';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { User } from '../auth/user.js';
import { CreateOrderDto } from './dto/create-order.dto.js';
import { publicOrder, type Order } from './order.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  /** On Postgres exactly once: the order, its pieces and this answer are committed together. */
  @Post()
  @Idempotent()
  async create(
    @CurrentUser() user: User,
    @Body() body: CreateOrderDto,
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ): Promise<Order> {
    const order = await this.orders.place(user, body);
    response.header('Location', `/orders/${order.id}`);
    return publicOrder(order);
  }

  @Get()
  async list(@CurrentUser() user: User): Promise<Order[]> {
    return (await this.orders.list(user)).map(publicOrder);
  }

  @Get(':id')
  async get(@CurrentUser() user: User, @Param('id') id: string): Promise<Order> {
    return publicOrder(await this.orders.get(user, id));
  }
}
